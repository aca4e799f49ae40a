"""The records of a JSON file: an object a line, an array, one object over many lines, or an API's answer.

    records_in(text, path) -> FoundRecords(path, records)

`path` is a JMESPath expression for the records in each document. Without it the only list of people inside
is taken; where there are several, InputError lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError

from dedupe.errors import InputError
from dedupe.fetchers.files.columns.headers import meaning_of
from dedupe.fetchers.files.columns.interpretation import understand
from dedupe.fetchers.files.flattening import flattened, is_objects
from dedupe.fetchers.http.raw_json import RawObject, parse_json
from dedupe.fetchers.mapping import found

NOT_AN_OBJECT = "it is not a JSON object"
_WHO = frozenset({"full_name", "given_name", "family_name", "email", "phone"})
_DEEPEST = 3  # levels of objects that an answer's list of records may lie under
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # a key that JMESPath takes without quotes
_NEXT = re.compile(r"\S")
_SHOWN = 5  # lists named where several could be meant
_LOOKED_AT = 20  # objects of a list looked into


class JsonRecord(NamedTuple):
    """One record: `value` is an object, or the reason why it can't be read; `text` as written, "" where
    that can't be kept."""

    line: int
    text: str
    value: Mapping[str, Any] | str


class FoundRecords(NamedTuple):
    """`path`: where in each document the records were; None: the documents themselves are records."""

    path: str | None
    records: Iterable[JsonRecord]


def records_in(text: str, path: str | None = None) -> FoundRecords:
    """Every record of the file. Raises InputError where several lists are possible, or `path` finds
    nothing."""
    documents = list(_documents(text.lstrip("\ufeff")))
    objects = [one.value for one in documents if isinstance(one.value, dict)]
    if path is None and objects:
        path = _path_in(objects[0])
    return FoundRecords(path, documents if path is None else _found_at(path, documents))


def _found_at(path: str, documents: Sequence[JsonRecord]) -> Iterator[JsonRecord]:
    try:
        expression = jmespath.compile(path)
    except JMESPathError:
        raise InputError(f"--records {path}: it is not a JMESPath expression") from None
    lists = 0
    for document in documents:
        inside = found(expression, document.value) if isinstance(document.value, dict) else None
        lists += inside is not None
        if isinstance(document.value, str):
            yield document
        for item in inside if isinstance(inside, list) else [inside] if inside is not None else []:
            yield _record(document.line, item)
    if not lists:
        raise InputError(f"--records {path}: nothing is found there")


def _record(line: int, item: Any) -> JsonRecord:
    if not isinstance(item, dict):
        return JsonRecord(line, json.dumps(item, ensure_ascii=True), NOT_AN_OBJECT)
    return JsonRecord(line, (item.text or "") if isinstance(item, RawObject) else "", item)


def _path_in(document: Mapping[str, Any]) -> str | None:
    """Where an answer's records are; None where the object is a record itself."""
    paths = list(_lists_of_people(document, (), 0))
    if not paths:
        return None
    if len(paths) == 1 and not _is_person(document):
        return paths[0]
    shown = ", ".join(f"--records '{path}'" for path in paths[:_SHOWN])
    itself = "it tells of a person itself and " if _is_person(document) else ""
    raise InputError(f"{itself}lists of people are in it: say which is meant: {shown}, or --records '@'")


def _lists_of_people(document: Mapping[str, Any], above: tuple[str, ...], depth: int) -> Iterator[str]:
    for key, value in document.items():
        meant = meaning_of(key)
        if meant.field or meant.aside:
            continue
        path = (*above, key if _PLAIN.fullmatch(key) else json.dumps(key))
        if is_objects(value) and any(_is_person(item) for item in value[:_LOOKED_AT]):
            yield ".".join(path)
        elif isinstance(value, dict) and depth < _DEEPEST:
            yield from _lists_of_people(value, path, depth + 1)


def _is_person(document: Mapping[str, Any]) -> bool:
    """Whether the object has a name, an email or a phone outside of lists of objects without a meaning."""
    own = {key: value for key, value in document.items() if not is_objects(value) or meaning_of(key).field}
    return not _WHO.isdisjoint(understand(flattened(own)).fields.values())


# --- documents ---


def _documents(text: str) -> Iterator[JsonRecord]:
    """Each JSON value of the text, by its line; the items of one that is an array."""
    start = text.lstrip()
    if start[:1] == "[" and (items := _whole(text)) is not None:
        for item in items if isinstance(items, list) else [items]:
            yield _record(1, item)
    elif start[:1] == "[" and not _is_json(start.partition("\n")[0]):
        raise InputError("it starts as a JSON array and is none")
    elif start[:1] == "{" and not _is_json(start.partition("\n")[0]):
        yield from _over_lines(text)
    else:
        yield from _lines(text)


def _whole(text: str) -> Any:
    try:
        return parse_json(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return None


def _over_lines(text: str) -> Iterator[JsonRecord]:
    """Objects that each stand over several lines, as `jq` writes them; else a record a line."""
    whole = _whole(text)
    if whole is not None:
        yield _record(1, whole)
        return
    decode, at, line, made = json.JSONDecoder().raw_decode, 0, 1, []
    try:
        while begins := _NEXT.search(text, at):
            line += text.count("\n", at, begins.start())
            value, end = decode(text, begins.start())
            made.append(_record(line, value))
            line, at = line + text.count("\n", begins.start(), end), end
    except (ValueError, RecursionError):
        made = list(_lines(text))
    yield from made


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: str) -> Iterator[JsonRecord]:
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip("\ufeff \r\t")
        if line:
            yield _line(number, line)


def _line(number: int, line: str) -> JsonRecord:
    """One line; its text is kept unless it holds what no standard JSON has."""
    constants: list[str] = []
    try:
        value = json.loads(line, parse_constant=constants.append)
    except (ValueError, RecursionError):
        return JsonRecord(number, line, "it is not JSON")
    if not isinstance(value, dict):
        return JsonRecord(number, line, NOT_AN_OBJECT)
    return JsonRecord(number, "" if constants else line, value)

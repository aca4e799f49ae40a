"""Given contacts as one Arrow table: it takes any shape that `read` gives, and reports characters it
replaced.

    given_table(rows)  -> pa.Table                    rows: (source, external_id, GivenContact)
    given_batch(rows)  -> GivenBatch(table, cleaned)  the same, with the fields that were cleaned

Arrow and Postgres refuse lone surrogates, and Postgres refuses NUL: both become U+FFFD here. Nothing is
lost, because the raw payload keeps what was sent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from dedupe.fetchers.limits import DEEPEST, EARLIEST_YEAR, LATEST_YEAR
from dedupe.model import Attested, Kind
from dedupe.schemas import GIVEN

REPLACEMENT = "�"

_NAME_PARTS = ("full", "given", "middle", "family", "prefix", "suffix", "nickname")
_TEXTS = (
    "company",
    "job_title",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "time_zone",
    "language",
    "birth",
)
_KINDS = frozenset(Kind)
_MARKS = frozenset(Attested)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
_ASCII = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=str)


class Cleaned(NamedTuple):
    """A given value in which NUL or lone surrogates were replaced by U+FFFD."""

    source: str
    external_id: str
    field: str


@dataclass(frozen=True)
class GivenBatch:
    """A table of schema `GIVEN`, and the fields in which characters were replaced."""

    table: pa.Table
    cleaned: tuple[Cleaned, ...]


def given_table(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> pa.Table:
    """The table of schema `GIVEN`, in the order of `rows`."""
    return given_batch(rows).table


def given_batch(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> GivenBatch:
    """The table, and what was cleaned in it."""
    cleaned: list[Cleaned] = []
    made = [_row(source, external_id, contact, cleaned) for source, external_id, contact in rows]
    return GivenBatch(pa.Table.from_pylist(made, schema=GIVEN), tuple(cleaned))


def clean_text(text: str) -> str:
    """The text with U+FFFD for NUL and for each lone surrogate."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def text_of(value: Any) -> str | None:
    """The text of a string, of a number or of a list's first item; None for anything else."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list | tuple):
            waiting.extend(reversed(item))
        elif (text := _text_of_scalar(item)) is not None:
            return text
    return None


def _text_of_scalar(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**60 else None
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    return None


def time_of(value: Any) -> datetime | None:
    """The moment in UTC of a datetime, ISO 8601 text or Unix seconds; a time without a zone counts as UTC.

    None for the years 1 and 9999, which stand for "never" (and leave no room for date arithmetic).
    """
    moment = _moment_of(value)
    return moment if moment is not None and EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def _moment_of(value: Any) -> datetime | None:
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, bool):
            return None
        elif isinstance(value, int | float):
            return datetime.fromtimestamp(_seconds(value), UTC)
        elif isinstance(value, str):
            text = value.strip()
            if _is_number(text):
                return _moment_of(float(text))
            moment = datetime.fromisoformat(text)
        else:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def json_text(value: Any) -> str:
    """Compact JSON with its keys in the order given; escaped to ASCII where UTF-8 could not hold it."""
    text = _COMPACT.encode(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ASCII.encode(value)
    return text


def _is_number(text: str) -> bool:
    return len(text) > 8 and text.replace(".", "", 1).isdigit() and text.isascii()


def _seconds(value: float) -> float:
    """Unix time in seconds; milliseconds and microseconds are recognized by their size."""
    size = abs(value)
    if size >= 1e14:
        return value / 1e6
    return value / 1e3 if size >= 1e11 else value


@dataclass
class _Cleaner:
    """Texts of one contact; remembers the fields in which characters were replaced."""

    fields: set[str] = field(default_factory=set)

    def text(self, name: str, value: Any) -> str | None:
        text = text_of(value)
        if text is None:
            return None
        clean = clean_text(text)
        if clean is not text and clean != text:
            self.fields.add(name)
        return clean


def _row(source: str, external_id: str, contact: Mapping[str, Any], cleaned: list[Cleaned]) -> dict[str, Any]:
    cleaner = _Cleaner()
    row: dict[str, Any] = {
        "source": clean_text(source),
        "external_id": cleaner.text("external_id", external_id) or "",
        "kind": _one_of(contact.get("kind"), _KINDS) or Kind.PERSON.value,
        "names": _items(contact.get("names"), lambda item: _name(item, cleaner)),
        "emails": _items(contact.get("emails"), lambda item: _value("emails", item, cleaner)),
        "phones": _items(contact.get("phones"), lambda item: _value("phones", item, cleaner)),
        "identifiers": _items(contact.get("identifiers"), lambda item: _identifier(item, cleaner)),
        "blocked": contact.get("blocked") if isinstance(contact.get("blocked"), bool) else None,
        "preferences": _items(contact.get("preferences"), lambda item: _preference(item, cleaner)),
        "created_at": time_of(contact.get("created_at")),
        "changed_at": time_of(contact.get("changed_at")),
        "custom": _custom(contact.get("custom"), cleaner),
    }
    for name in _TEXTS:
        row[name] = cleaner.text(name, contact.get(name))
    cleaned.extend(Cleaned(row["source"], row["external_id"], name) for name in sorted(cleaner.fields))
    return row


def _items(value: Any, make: Callable[[Any], dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Each usable item once; a lone value counts as a list of one."""
    if value is None:
        return []
    items = value if isinstance(value, list | tuple) else [value]
    made = (one for item in items if (one := make(item)) is not None)
    return list({tuple(one.values()): one for one in made}.values())


def _name(item: Any, cleaner: _Cleaner) -> dict[str, Any] | None:
    parts = item if isinstance(item, Mapping) else {"full": item}
    name: dict[str, Any] = {part: cleaner.text("names", parts.get(part)) for part in _NAME_PARTS}
    if not any(name.values()):
        return None
    return {**name, "attested": _attested(parts)}


def _value(name: str, item: Any, cleaner: _Cleaner) -> dict[str, Any] | None:
    value = item if isinstance(item, Mapping) else {"given": item}
    given = cleaner.text(name, value.get("given"))
    return None if given is None else {"given": given, "attested": _attested(value)}


def _identifier(item: Any, cleaner: _Cleaner) -> dict[str, Any] | None:
    if not isinstance(item, Mapping):
        return None
    given = cleaner.text("identifiers", item.get("given"))
    if given is None:
        return None
    return {
        "namespace": cleaner.text("identifiers", item.get("namespace")) or "identifier",
        "given": given,
        "unique": item.get("unique") is True,
        "attested": _attested(item),
    }


def _preference(item: Any, cleaner: _Cleaner) -> dict[str, Any] | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("allowed"), bool):
        return None
    channel = cleaner.text("preferences", item.get("channel"))
    return None if channel is None else {"channel": channel, "allowed": item["allowed"]}


def _custom(value: Any, cleaner: _Cleaner) -> str | None:
    if not isinstance(value, Mapping) or not value:
        return None
    return json_text(_clean_json(value, cleaner, 0))


def _clean_json(value: Any, cleaner: _Cleaner, depth: int) -> Any:
    if isinstance(value, str):
        clean = clean_text(value)
        if clean != value:
            cleaner.fields.add("custom")
        return clean
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _clean_json(item, cleaner, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_json(item, cleaner, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _attested(item: Mapping[str, Any]) -> str:
    return _one_of(item.get("attested"), _MARKS) or Attested.UNKNOWN.value


def _one_of(value: Any, allowed: frozenset[Any]) -> str | None:
    return str(value) if isinstance(value, str) and value in allowed else None

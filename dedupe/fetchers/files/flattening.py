"""Nested objects as columns: `properties.email`, `emailAddresses.address`, `address.city`.

    flattened(record) -> dict[column, cell]

A value that holds objects becomes columns where any of them has a meaning, else one column of JSON. From a
list of objects all emails, phones and identifiers are kept, joined by `;`; of any other field the first,
which is the primary one where the list says so. An item whose type marks it as a fax, or names its
network, has that type in its path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeGuard

from dedupe.fetchers.files.columns.headers import meaning_of
from dedupe.fetchers.given import clean_text, json_text, text_of

_SEVERAL = ("email", "phone", "identifier")
_LABELS = ("type", "label", "kind", "name", "network", "service")
_PRIMARY = ("primary", "is_primary", "isPrimary", "default")
_DEEPEST = 6  # levels of objects; chosen

Plain = str | int | float | None


def flattened(record: Mapping[str, Any], kept: frozenset[str] = frozenset()) -> dict[str, str]:
    """The record's cells by column. `kept`: columns that a mapping names, taken from any object."""
    cells: dict[str, str] = {}
    for key, value in record.items():
        name = clean_text(str(key))
        inside = list(_inside(name, value, 0)) if _holds_objects(value) else []
        if any(meaning_of(path).field or path in kept for path, _ in inside):
            _gather(cells, inside)
        elif _holds_objects(value) and meaning_of(name).field:
            cells[f"{name}.json"] = cell(value)  # under a name that means nothing: it is no company, no email
        else:
            cells[name] = cell(value)
    return cells


def is_objects(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    """Whether it is a list of objects, one at least."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def cell(value: Any) -> str:
    """A value as the text of one cell: lists of plain values joined by `;`, anything else as JSON."""
    if isinstance(value, list) and all(isinstance(item, Plain) for item in value):
        return clean_text(";".join(text for item in value if (text := text_of(item))))
    if isinstance(value, dict | list):
        return clean_text(json_text(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return clean_text(text_of(value) or "")


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or is_objects(value)


def _inside(path: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Yield (column, cell) of everything below; empty cells and `primary: true` of an email are left out."""
    if depth < _DEEPEST and is_objects(value):
        for item in sorted(value, key=_is_second):
            label = _label_of(item)
            rest = {key: one for key, one in item.items() if key != label}
            below = f"{path}.{clean_text(item[label])}" if label else path
            yield from _inside(below, rest, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(f"{path}.{clean_text(str(key))}", item, depth + 1)
    elif not (isinstance(value, bool) and meaning_of(path).field) and (text := cell(value)):
        yield path, text


def _is_second(item: Mapping[str, Any]) -> bool:
    metadata = item.get("metadata")
    places = [item, metadata] if isinstance(metadata, dict) else [item]
    return not any(one.get(key) in (True, 1, "1") for one in places for key in _PRIMARY)


def _label_of(item: Mapping[str, Any]) -> str | None:
    """The key whose text names an item's network, or says that it isn't a person's phone."""
    for key in _LABELS:
        label = item.get(key)
        if isinstance(label, str) and label.strip() and _tells_apart(key, label):
            return key
    return None


def _tells_apart(key: str, label: str) -> bool:
    meant = meaning_of(label)
    is_network = (meant.field or "").startswith("identifier:")
    return is_network or (meant.aside is not None and key != "name")


def _gather(cells: dict[str, str], inside: Sequence[tuple[str, str]]) -> None:
    for path, text in inside:
        before = cells.get(path)
        several = (meaning_of(path).field or "").partition(":")[0] in _SEVERAL
        if before is None:
            cells[path] = text
        elif several or meaning_of(path).field is None:
            cells[path] = f"{before};{text}"

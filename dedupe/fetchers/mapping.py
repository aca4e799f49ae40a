"""Field mappings by JMESPath: our field → where a payload holds it.

A field is one of `understanding.FIELDS` (less record_id, source and identifier), `prefix`, `blocked`, `kind`,
`identifier:NAMESPACE`, `identifier:NAMESPACE:unique` (a person has only one), `custom:KEY`, or an email or a
phone with where it comes from (`phone:channel`, `email:person`; see `model.Attested`). An expression finds a
text, a number, or a list of them. One that fails on a payload says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from dedupe.fetchers.fields import BIRTH_PARTS, FIELDS
from dedupe.fetchers.given import text_of, time_of
from dedupe.model import Attested, GivenContact, Kind

_NAMES = {
    "full_name": "full",
    "given_name": "given",
    "middle_name": "middle",
    "family_name": "family",
    "prefix": "prefix",
    "suffix": "suffix",
    "nickname": "nickname",
}
_LISTS = {"email": "emails", "phone": "phones"}
_TIMES = {"created_at": "created_at", "updated_at": "changed_at"}
_RENAMED = {"birth_date": "birth"}
_MAPPED = (FIELDS | {"blocked", "kind"}) - {"record_id", "source", "identifier", *BIRTH_PARTS}
_ATTESTED = {f"{field}:{mark}": (field, mark) for field in _LISTS for mark in Attested}

_FAILED = (JMESPathError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What the library's functions raise on values of another type, on infinity and on deep nesting."""


class MappingStep(NamedTuple):
    field: str
    find: ParsedResult


@lru_cache(maxsize=64)
def _compiled(mapping: tuple[tuple[str, str], ...]) -> tuple[MappingStep, ...]:
    return tuple(MappingStep(field, jmespath.compile(expression)) for field, expression in mapping)


def mistakes(mapping: Mapping[str, str]) -> list[str]:
    """The mistakes of a mapping, a line each."""
    found = []
    for field, expression in mapping.items():
        if field not in _MAPPED | _ATTESTED.keys() and not field.startswith(("identifier:", "custom:")):
            found.append(f"map.{field}: there is no such field")
        try:
            jmespath.compile(expression)
        except JMESPathError:
            found.append(f"map.{field}: {expression!r} is not a JMESPath expression")
    return found


def extended(given: GivenContact, payload: Any, mapping: Mapping[str, str]) -> GivenContact:
    """The given contact with the values that the mapping finds added; it replaces single values."""
    if not mapping:
        return given
    made: dict[str, Any] = {**given}
    name: dict[str, str] = {}
    for step in _compiled(tuple(mapping.items())):
        values = _found(step, payload)
        if values and step.field in _NAMES:
            name[_NAMES[step.field]] = values[0]
        elif values:
            _put(made, step.field, values)
    if name:
        made["names"] = [name, *made.get("names", [])]
    return made  # type: ignore[return-value]


def found(find: ParsedResult, payload: Any) -> Any:
    """The value of the expression; None where it fails."""
    try:
        return find.search(payload)
    except _FAILED:
        return None


def _found(step: MappingStep, payload: Any) -> list[Any]:
    value = found(step.find, payload)
    items = value if isinstance(value, list) else [value]
    if step.field in ("blocked", "kind"):
        return [item for item in items if item is not None]
    return [text for item in items if (text := text_of(item)) is not None]


def _put(made: dict[str, Any], field: str, values: list[Any]) -> None:
    kind, _, rest = field.partition(":")
    if field in _LISTS or field in _ATTESTED:
        plain, mark = _ATTESTED.get(field, (field, None))
        marked = {"attested": mark} if mark else {}
        made[_LISTS[plain]] = [*made.get(_LISTS[plain], []), *({"given": one, **marked} for one in values)]
    elif kind == "identifier":
        namespace, _, unique = rest.partition(":")
        items = [{"namespace": namespace, "given": one, "unique": unique == "unique"} for one in values]
        made["identifiers"] = [*made.get("identifiers", []), *items]
    elif kind == "custom":
        made["custom"] = {**made.get("custom", {}), rest: values[0] if len(values) == 1 else values}
    elif field in _TIMES:
        made[_TIMES[field]] = time_of(values[0])
    elif field == "blocked":
        made["blocked"] = values[0] is True or str(values[0]).lower() in ("true", "1", "yes")
    elif field == "kind":
        made["kind"] = values[0] if isinstance(values[0], str) and values[0] in set(Kind) else Kind.PERSON
    else:
        made[_RENAMED.get(field, field)] = values[0]

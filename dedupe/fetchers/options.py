"""The options in `[sources.NAME.options]`, validated before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from dedupe.fetchers.files.encodings import is_known
from dedupe.fetchers.limits import whole_number
from dedupe.model import Kind

FULL_EVERY = {"always": timedelta(0), "daily": timedelta(hours=20), "weekly": timedelta(days=6, hours=12)}


def hours_of(value: Any) -> tuple[int, int] | None:
    """The first and last hour (UTC) of a range such as `22-6`; None for any other text."""
    parts = str(value).replace(" ", "").partition("-")
    begin, end = whole_number(parts[0], 2), whole_number(parts[2], 2)
    if begin is None or end is None or max(begin, end) > 24 or begin == end:
        return None
    return begin % 24, end


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_expression(value: Any) -> bool:
    try:
        jmespath.compile(value)
    except (JMESPathError, TypeError, AttributeError):
        return False
    return isinstance(value, str)


Check = tuple[Callable[[Any], bool], str]
_COMMON: dict[str, Check] = {
    "full_walk": (lambda value: value in FULL_EVERY, f"one of {', '.join(FULL_EVERY)}"),
    "hours": (lambda value: hours_of(value) is not None, "write it as 22-6, two different hours in UTC"),
    "backoff": (_is_positive, "seconds before the first retry, more than 0"),
}
_OWN: dict[str, dict[str, Check]] = {
    "openmrp": {
        "users": (
            lambda value: value in (Kind.STAFF.value, Kind.PERSON.value),
            "staff or person, what the account's users are to be",
        )
    },
    "whippy": {
        "limit": (
            lambda value: _is_positive(value) and value == int(value) and value <= 500,
            "contacts a page, 1 to 500",
        ),
        "updated_after": (lambda value: isinstance(value, str) and value != "", "a query parameter's name"),
    },
    "file": {
        "complete": (lambda value: isinstance(value, bool), "true or false"),
        "encoding": (lambda value: isinstance(value, str) and is_known(value), "an encoding such as cp1252"),
        "records": (_is_expression, "where the records are in JSON, by JMESPath, as data.contacts"),
    },
}


def known_options(provider: str | None = None) -> dict[str, str]:
    """The description of each option of a built-in provider; without a provider, those that every source
    has."""
    return {key: say for key, (_, say) in (_OWN.get(provider, {}) if provider else _COMMON).items()}


def mistaken_options(provider: str, options: Mapping[str, Any]) -> list[str]:
    """The mistakes in a built-in provider's options: unknown keys and wrong values, a line each."""
    known = {**_COMMON, **_OWN.get(provider, {})}
    unknown = [f"options.{key}: there is no such key" for key in options if key not in known]
    return unknown + _wrong(known, options)


def mistaken_values(options: Mapping[str, Any]) -> list[str]:
    """The mistakes in the options that every source has."""
    return _wrong(_COMMON, options)


def _wrong(known: Mapping[str, Check], options: Mapping[str, Any]) -> list[str]:
    return [
        f"options.{key}: {say}"
        for key, (fits, say) in known.items()
        if options.get(key) is not None and not fits(options[key])
    ]

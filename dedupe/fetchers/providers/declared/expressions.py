"""The value of an expression in an answer, and whether the answer has that place at all.

    found_value("paging.next", reply)        JMESPath of the body
    found_value("header:X-Next", reply)      a header
    found_value("link:next", reply)          the target of a relation in the Link header

JMESPath gives null both for null and for a missing place. At the end of a list the difference matters: a
truncated answer, or one of another shape, lacks the place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from dedupe.fetchers.http.exchange import Reply
from dedupe.fetchers.limits import whole_number
from dedupe.fetchers.mapping import found

HEADER, LINK = "header:", "link:"
_STEPS = frozenset({"subexpression", "index_expression", "pipe"})


class FoundValue(NamedTuple):
    """The value. `there`: the answer has the place, even if it holds null."""

    value: Any
    there: bool

    @property
    def form(self) -> str:
        """The value's kind, for messages that may not hold a value."""
        if self.value is None:
            return "null" if self.there else "absent"
        return "an empty text" if self.value == "" else "there"


def found_value(expression: str, reply: Reply) -> FoundValue:
    if expression.startswith(HEADER):
        value = reply.headers.get(expression.removeprefix(HEADER))
        return FoundValue(value, value is not None)
    if expression.startswith(LINK):
        link = reply.link(expression.removeprefix(LINK).lower())
        return FoundValue(link, link is not None)
    parsed = jmespath.compile(expression)
    value = found(parsed, reply.body)
    return FoundValue(value, value is not None or _is_there(parsed.parsed, reply.body))


def is_expression(text: str) -> bool:
    try:
        jmespath.compile(text)
    except JMESPathError:
        return False
    return True


def truth(value: Any) -> bool | None:
    """The value as a boolean, also as headers and old APIs write one; None for anything else."""
    text = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def number(value: Any) -> int | None:
    """The value as a count: a whole number, or the text of one (also `Content-Range: 0-24/573`)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return whole_number(str(value).rsplit("/", 1)[-1].strip())


def _is_there(node: Any, value: Any) -> bool:
    """Whether a place that holds null exists; False where that is unknown (functions, projections)."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return isinstance(value, dict) and node["value"] in value
    if kind in _STEPS:
        for child in children[:-1]:
            value = found(ParsedResult("", child), value)
        return _is_there(children[-1], value)
    if kind == "index":
        return isinstance(value, list) and -len(value) <= node["value"] < len(value)
    return any(_is_there(child, value) for child in children) if kind == "or_expression" else False

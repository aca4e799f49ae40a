"""What an answer says at an expression, and whether it says anything there at all.

    said("paging.next", reply)        JMESPath of the body
    said("header:X-Next", reply)      a header
    said("link:next", reply)          where the Link header leads for a relation

JMESPath finds null where there is null and where there is nothing. For the end of a list the difference
counts: an answer that was cut, or that has another shape today, has nothing there.
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
    """`there`: the answer says something at the place, were it null."""

    value: Any
    there: bool

    @property
    def form(self) -> str:
        """Its kind, for messages that may hold no value."""
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
    """True or false, also as a header or an old API writes it; None for anything else."""
    text = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def number(value: Any) -> int | None:
    """A count: a whole number, or a header's text of one (`Content-Range: 0-24/573` too)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return whole_number(str(value).rsplit("/", 1)[-1].strip())


def _is_there(node: Any, value: Any) -> bool:
    """Whether a place that holds null is there; not where that can't be told (functions, projections)."""
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

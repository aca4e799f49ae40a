"""Whether an answer is the last one. A list ends where its provider says so, in the way that `end` names.

An answer that names no next page without saying that there is none ends the walk too, but that walk proves
nothing: a truncated answer, or one of another shape, looks the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dedupe.errors import ContractChanged
from dedupe.fetchers.http.exchange import Reply
from dedupe.fetchers.providers.declared.declaration import Declaration
from dedupe.fetchers.providers.declared.expressions import FoundValue, found_value, truth


class NextPage(NamedTuple):
    """The cursor or link to the next page, None after the last one. `problem`: the reason not to trust the
    end."""

    following: Any = None
    problem: str | None = None


def leads_to(source: str, declared: Declaration, reply: Reply, rows: list[Any]) -> NextPage:
    """The next page of a list walked by cursor or link. Raises ContractChanged where an answer contradicts
    itself."""
    following, more = found_value(declared.next, reply), _more(declared, reply)
    nothing = following.value is None or following.value == ""
    if declared.more and not declared.end:
        _refuse_disagreement(source, declared, more, nothing)
    if _says_end(declared, following, more, rows):
        return NextPage()
    return NextPage(None, _unstated(declared, following, more)) if nothing else NextPage(following.value)


def says_end(declared: Declaration, reply: Reply) -> bool:
    """Whether the answer itself says that it is the last of a list of numbered pages."""
    return "more" in declared.ends and _more(declared, reply) is False


def unstated_end(declared: Declaration, reply: Reply, *, counted: bool) -> str | None:
    """Why an empty page of a list of numbered pages isn't its proven end, or None.

    `counted`: as many rows came before as the provider counts.
    """
    if "empty page" in declared.ends or "short page" in declared.ends or says_end(declared, reply):
        return None
    if "count" in declared.ends and counted:
        return None
    return f"it came to an empty page, which options.end = {_named(declared)} doesn't take for an end"


def unsaid(declared: Declaration, reply: Reply) -> str | None:
    """Why a list that is a single answer may have more, or None."""
    more = _more(declared, reply)
    if not declared.more or more is False:
        return None
    return (
        f"options.more = {declared.more!r} is {'true' if more else _form(declared, reply)} in its only answer"
    )


def _more(declared: Declaration, reply: Reply) -> bool | None:
    return truth(found_value(declared.more, reply).value) if declared.more else None


def _form(declared: Declaration, reply: Reply) -> str:
    found = found_value(declared.more, reply)
    return found.form if found.value is None else "neither true nor false"


def _says_end(declared: Declaration, following: FoundValue, more: bool | None, rows: list[Any]) -> bool:
    looks = {
        "null": following.value is None and following.there,
        "empty": following.value == "",
        "absent": following.value is None and not following.there,
        "more": more is False,
        "empty page": not rows,
    }
    return any(looks[way] for way in declared.ends)


def _refuse_disagreement(source: str, declared: Declaration, more: bool | None, nothing: bool) -> None:
    """Where nothing is said of the end, `more` and `next` must agree."""
    if more is None or more != nothing:
        return
    hint = "" if more else '; if `more` alone tells its end, set options.end = "more"'
    raise ContractChanged(f"{source}: {declared.more} and {declared.next} disagree{hint}")


def _unstated(declared: Declaration, following: FoundValue, more: bool | None) -> str:
    what = f"options.next = {declared.next!r} is {following.form} in the last answer"
    if "more" in declared.ends:
        stated = "true" if more else "neither true nor false"
        return f"the list ended without saying so: {what}, and options.more = {declared.more!r} is {stated}"
    way = {"null": "null", "absent": "absent", "an empty text": "empty"}[following.form]
    return f'the list ended without saying so: {what}; if that is how it ends, set options.end = "{way}"'


def _named(declared: Declaration) -> str:
    return ", ".join(f'"{way}"' for way in declared.ends)

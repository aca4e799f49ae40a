"""The meaning of one column name by itself.

    meaning_of(name) -> Meaning

Every word of the name must be accounted for: a phrase of a field, and around it only words that the field
allows. A name with an unknown word isn't read, because a wrong value is worse than a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from dedupe.fetchers.fields import NAMES, PLACE
from dedupe.fetchers.files.columns.header_vocabulary import Words, data, vocabulary, words_of

_REMARK = re.compile(r"[(\[].*[)\]]")
_BETWEEN = re.compile(r"[/|·()\[\]（）、]+")
_REMARKED = frozenset({*PLACE, "birth_date", "language", "time_zone", "company", "job_title"})
"""Fields whose columns may carry an unknown remark: `country (ISO)`. A `phone (neighbour)` is not read."""
_COMPANYS = "the company's"


class Meaning(NamedTuple):
    """The field that a column name means. `field` None: not read, and `aside` gives the reason where one
    is known."""

    field: str | None = None
    aside: str | None = None
    role: int = 0  # of whom it tells; 0: of the person (see `roles` in headers.toml)
    place: Words = ()  # which of several addresses it belongs to
    weak: bool = False  # a name that means this field only for want of a better


@lru_cache(maxsize=65536)
def meaning_of(name: str) -> Meaning:
    name = _outside_containers(name)
    for text, camel in ((name, False), (name, True)):
        found = _meaning(words_of(text, camel=camel))
        if found.field or found.aside:
            return found
    without = _meaning(words_of(_REMARK.sub(" ", name)))
    return without if without.field in _REMARKED else _in_two_languages(name)


def _in_two_languages(name: str) -> Meaning:
    """`姓名/Name`: what each of its parts means, where all mean one."""
    parts = [part for part in _BETWEEN.split(name) if part.strip()]
    found = {_meaning(words_of(part))._replace(weak=False) for part in parts} if len(parts) > 1 else set()
    return found.pop() if len(found) == 1 else Meaning()


def place_of(name: str) -> Words:
    """Which of several postal addresses a column belongs to whose field is known otherwise."""
    return _place(words_of(_outside_containers(name)))


def _outside_containers(name: str) -> str:
    """`properties.email` → `email`: parts of a path that only hold others."""
    *parts, last = name.split(".")
    containers = data("headers")["around"]["containers"].split()
    return ".".join([*(part for part in parts if part.lower() not in containers), last])


def _meaning(numbered: Words) -> Meaning:
    words = tuple(word for word in numbered if not word.isdigit())
    if field := vocabulary().alone.get(words):
        return Meaning(field, weak=True)
    if field := vocabulary().phrases.get(words):
        return Meaning(field, place=_place(numbered))
    if why := _aside(numbered, words):
        return Meaning(aside=why)
    if network := _network(words):
        return network
    found = [_around(field, phrase, numbered, words) for field, phrase in _phrases_in(words)]
    read = next((one for one in found if one.field), None)
    return read or next((one for one in found if one.aside), Meaning())


def _aside(numbered: Words, words: Words) -> str | None:
    """The reason why a column isn't this person's value, by one or two words of its name."""
    numbered_person = any(word == "person" and following.isdigit() for word, following in pairwise(numbered))
    if numbered_person:
        return vocabulary().aside[("owner",)]
    known = vocabulary().aside
    pairs = pairwise(words)
    reasons = [known[one] for one in [*pairs, *((word,) for word in words)] if one in known]
    webs = known[("website",)]
    if reasons and all(why == webs for why in reasons) and set(words) & vocabulary().networks:
        return None
    return reasons[0] if reasons else None


def _network(words: Words) -> Meaning | None:
    known = vocabulary()
    names = [word for word in words if word in known.networks]
    rest = {word for word in words if word not in known.networks}
    if len(names) != 1:
        return None
    if rest & known.of_company - {"account"}:
        return Meaning(aside=_COMPANYS)
    allowed = known.around["networks"] | known.around["anything"] | known.around["persons"]
    return Meaning(f"identifier:{names[0]}") if rest <= allowed else None


def _phrases_in(words: Words) -> Iterator[tuple[str, Words]]:
    """(field, phrase) of every phrase that stands in the name, the longest first."""
    known = vocabulary().phrases
    for size in range(min(len(words), 5), 0, -1):
        for at in range(len(words) - size + 1):
            phrase = words[at : at + size]
            if phrase in known:
                yield known[phrase], phrase


def _around(field: str, phrase: Words, numbered: Words, words: Words) -> Meaning:
    """The meaning of a phrase, given the words around it."""
    known = vocabulary()
    rest = _without(words, phrase)
    role = max((known.roles.get(word, 0) for word in rest), default=0)
    others = {word for word in rest if word not in known.roles}
    if others & known.of_company and field not in ("company", "job_title"):
        return Meaning(aside=_COMPANYS)
    own = "name" if field in NAMES else "place" if field in PLACE else field
    allowed = known.around["anything"] | known.around["persons"] | known.around.get(own, frozenset())
    if not others <= allowed:
        return Meaning()
    return Meaning(field, role=role, place=_place(numbered))


def _without(words: Words, phrase: Words) -> list[str]:
    rest, at = [], 0
    while at < len(words):
        if words[at : at + len(phrase)] == phrase:
            at += len(phrase)
        else:
            rest.append(words[at])
            at += 1
    return rest


def _place(numbered: Words) -> Words:
    """The words that say which address it is: its kind, and the number of an address (not that of a line)."""
    kinds = vocabulary().around["place"] - {"address", "street", "line", "location", "postal"}
    found = [word for word in numbered if word in kinds or word in vocabulary().roles]
    for at, word in enumerate(numbered[:-2]):
        if word == "address" and numbered[at + 1].isdigit() and not numbered[at + 2].isdigit():
            found.append(numbered[at + 1])
    return tuple(dict.fromkeys(found))

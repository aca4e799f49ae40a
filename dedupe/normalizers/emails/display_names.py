"""The owner of an address by the display name beside it: `Ann Lee <ann@x.org>; Bo Ray <bo@x.org>` in Ann's
row.

    somebody_elses(owner, emails, names_of) -> which of the addresses

An address among several of a contact is somebody else's when its display name is a person's and shares no
part with any name of the contact. In doubt it is the contact's: without a display name, with a mailbox
that fits the contact's name, with names in two scripts, similar spellings, an initial or a nickname. Where
every address would be somebody else's, none is: either the addresses or the name may be wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import jellyfish
import numpy as np

from dedupe.arrays.distinct_values import Rows
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.names.nicknames import formal_names, has_relations
from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.text import clean

SHOWN = r"^\s*[^<>@]*[^<>@\s\"'][^<>@]*<[^<>]*@[^<>]*>|@[^()@]*\([^()@]+\)\s*$"
MARK = "anothers"
"""Of an address that is somebody else's."""
_BEFORE = re.compile(r"^([^<>@]+)<[^<>]*@[^<>]*>")
_BEHIND = re.compile(r"@[^()@]*\(([^()@]+)\)\s*$")
_NOBODYS = frozenset({"role", "noreply", "placeholder", "ours"})
_ALIKE = 0.88  # Jaro-Winkler
_NOT_LATIN = re.compile("[\u0370-\u1dff\u2c00-\ua71f\ua800-\ufaff\ufb07-\uffff]")
_FEWEST = 3  # letters of a name that a mailbox may be known by


class NamedAddress(NamedTuple):
    """One address of a contact: as given, its value, its folded local part, its marks."""

    given: str
    value: str
    local: str
    marks: Sequence[str]


class Words(NamedTuple):
    """The folded words of names, without particles; `latin`: whether they are in Latin letters."""

    words: frozenset[str]
    latin: bool


def somebody_elses(
    owner: Rows, emails: Mapping[str, Array], names_of: Callable[[int], Sequence[Mapping[str, str | None]]]
) -> Rows:
    """The indices of addresses that are somebody else's; `owner` is the ascending contact of each,
    `names_of` gives a contact's names."""
    counts = np.bincount(owner, minlength=1)
    shown = pc.and_(pc.is_null(emails["reason"]), pc.match_substring_regex(emails["given"], SHOWN))
    wanted = np.flatnonzero(pc.fill_null(shown, False).to_numpy(zero_copy_only=False) & (counts[owner] > 1))
    found = [
        np.arange(*np.searchsorted(owner, [row, row + 1]), dtype=np.int64)[mine]
        for row in np.unique(owner[wanted]).tolist()
        for mine in [_others(_addresses(owner, emails, row), words_of(names_of(row)))]
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def words_of(names: Sequence[Mapping[str, str | None]]) -> Words:
    words = {word for name in names for word in _words(name)}
    return Words(frozenset(words), not any(_NOT_LATIN.search(str(name["value"])) for name in names))


def _words(name: Mapping[str, str | None]) -> list[str]:
    texts = (name["first"], name["middle"], name["last"], clean(name["nickname"] or "").lower())
    return [word for text in texts for word in (text or "").split()]


def _addresses(owner: Rows, emails: Mapping[str, Array], row: int) -> list[NamedAddress | None]:
    """The addresses of one contact; None for what is no address."""
    begin, end = np.searchsorted(owner, [row, row + 1])
    columns = (
        emails[name].slice(begin, end - begin).to_pylist() for name in ("given", "value", "local", "marks")
    )
    return [None if one[1] is None else NamedAddress(*one) for one in zip(*columns, strict=True)]


def _others(addresses: Sequence[NamedAddress | None], own: Words) -> list[int]:
    """The addresses whose display name is another person's."""
    if not own.words or not own.latin:
        return []
    doubted = {at for at, one in enumerate(addresses) if one is not None and _names_another(one, own)}
    kept = {one.value for at, one in enumerate(addresses) if one is not None and at not in doubted}
    return [at for at in sorted(doubted) if kept and (addresses[at] or _NOBODY).value not in kept]


_NOBODY = NamedAddress("", "", "", ())


def _names_another(address: NamedAddress, own: Words) -> bool:
    shown = shown_name(address.given)
    if shown is None or _NOBODYS.intersection(address.marks) or not shown.latin:
        return False
    if any(len(word) >= _FEWEST and word in address.local for word in own.words):
        return False
    known = any(has_relations(word) or (len(word) > 1 and word in address.local) for word in shown.words)
    return known and not any(_related(one, other) for one in shown.words for other in own.words)


@lru_cache(maxsize=65536)
def shown_name(text: str) -> Words | None:
    """The person's name beside an address, or None."""
    found = _BEFORE.search(text) or _BEHIND.search(text)
    written = clean(found[1]).strip(" \"'`,;") if found else ""
    names = [name for name in normalize_name(written) if name.reason is None] if written else []
    return words_of([name._asdict() for name in names]) if names else None


@lru_cache(maxsize=65536)
def _related(one: str, other: str) -> bool:
    """Whether two words may be one name: equal, a beginning, a short form, or nearly the same spelling."""
    if one.startswith(other) or other.startswith(one):
        return True
    if ({one} | formal_names(one)) & ({other} | formal_names(other)):
        return True
    return bool(jellyfish.jaro_winkler_similarity(one, other) >= _ALIKE) or (
        jellyfish.metaphone(one) == jellyfish.metaphone(other)
    )


def marked(lists: Array, places: Rows, mark: str) -> Array:
    """The lists of marks with one more at these indices."""
    more = pa.array([[*(said or ()), mark] for said in lists.take(pa.array(places)).to_pylist()], lists.type)
    return _replaced(lists, places, more)


def emptied(lists: Array, places: Rows) -> Array:
    return _replaced(lists, places, pa.array([[]] * len(places), lists.type))


def _replaced(lists: Array, places: Rows, with_: Array) -> Array:
    at = np.arange(len(lists))
    at[places] = len(lists) + np.arange(len(places))
    return pa.concat_arrays([lists, with_]).take(pa.array(at))

"""How many people use each mailbox or line, told by the names of the contacts that hold it.

Two names may be one person's where the given names are one name (the same, a slip, a spelling, a nickname,
an initial; or begin alike where they are not known to be two) and the family names begin alike, or where
the parts are exchanged; not where their generations contradict each other. Names that may be one person's
are one user; a name that says less, an abbreviated one or one without a generation, is one of those that it
may stand for and brings no two of them together: Emily, Ella and E. Ali are two people, as are John Sr.,
John Jr. and John.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dedupe.arrays.hashing import Hashes, mix
from dedupe.matching.features.encoding import Ids, Lists, cross, lists_of, unique_pairs
from dedupe.matching.features.generations import contradict
from dedupe.matching.features.given_relations import nicknamed, told_apart
from dedupe.matching.features.types import Features, Flags
from dedupe.matching.features.word_similarity import NameWords, Relation, relate

_BEGINNING = 2
"""Letters in which short forms that no list has begin like the name (Raju, Rajesh). Chosen."""

_LONGEST_SHORT_FORM = 6
_FEWEST_CUT = 2
"""Letters of the longest short forms that begin so, and by which they are shorter than the name. Chosen."""


YEARS_APART = 14
"""From so many years on two birth dates are those of a parent and a child. Chosen."""


def count_users(features: Features, held: Lists, key: Hashes) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The values (by `key`) that contacts of several names hold, by rising hash, and the number of people
    who use each. `held` are the values of each contact. Of a value with more than `encoding.MAX_VALUES` names
    only so many are looked at."""
    keys, names = _names_at(features, held, key)
    values, which = np.unique(keys, return_inverse=True)
    several = np.bincount(which, minlength=len(values)) > 1
    rows = np.flatnonzero(several[which])
    values, which = np.unique(keys[rows], return_inverse=True)
    users = lists_of(which.astype(np.int64), names[rows], len(values))
    return values, _people(features, users)


def of_two_generations(features: Features, held: Lists, key: Hashes) -> Hashes:
    """The values (by `key`), rising, that are used under one name by two generations (John Sr., John Jr.)."""
    keys, names = _names_at(features, held, key)
    rows = np.flatnonzero(features.names.suffix[names] >= 0)
    values, which = np.unique(keys[rows], return_inverse=True)
    users = lists_of(which.astype(np.int64), names[rows], len(values))
    lists = np.arange(len(values), dtype=np.int64)
    crossed = cross(users, users, lists, lists)
    a, b = crossed.left, crossed.right
    apart = np.flatnonzero(contradict(features.names.suffix[a], features.names.suffix[b]))
    of_one_name = apart[_alike_but_for_generations(features, a[apart], b[apart])]
    return np.asarray(values[np.unique(crossed.pair[of_one_name])])


def of_two_ages(features: Features, held: Lists, key: Hashes, born: npt.NDArray[np.int64]) -> Hashes:
    """The values (by `key`), rising, that are used under one name by people born years apart, as father and
    son are where nobody writes Sr. or Jr. `born`: by contact, YYYYMMDD, 0 where unknown."""
    keys, name, dates = names_and_births(features, held, key, born)
    used = mix(keys, name)
    order = np.lexsort((dates, used))
    used, keys, dates = used[order], keys[order], dates[order]
    _, starts, sizes = np.unique(used, return_index=True, return_counts=True)
    apart = are_of_two_ages(dates[starts], dates[starts + sizes - 1])
    return np.unique(keys[starts[apart]])


def names_and_births(
    features: Features, held: Lists, key: Hashes, born: npt.NDArray[np.int64]
) -> tuple[Hashes, Hashes, npt.NDArray[np.int64]]:
    """Of each holder of a value who tells them: the value (by `key`), a hash of given and family name, and
    the birth date."""
    names = features.names
    owners = held.owners()
    told = (born[owners] > 0) & (names.held.counts[owners] > 0)
    owners, keys = owners[told], key[held.ids[told]]
    name = names.held.ids[names.held.offsets[owners]]
    words = features.words.pool.hashes
    spoken = (names.first[name] >= 0) & (names.last[name] >= 0)
    owners, keys, name = owners[spoken], keys[spoken], name[spoken]
    return keys, mix(words[names.first[name]], words[names.last[name]]), born[owners]


def are_of_two_ages(eldest: npt.NDArray[np.int64], youngest: npt.NDArray[np.int64]) -> Flags:
    """Whether birth dates (YYYYMMDD) of one name are those of a parent and a child."""
    years = youngest // 10_000 - eldest // 10_000
    a_slip_in_the_year = youngest % 10_000 == eldest % 10_000
    return np.asarray((years >= YEARS_APART) & ~a_slip_in_the_year)


def _names_at(features: Features, held: Lists, key: Hashes) -> tuple[Hashes, Ids]:
    """Each value's distinct names, sorted by value and name: (value, name)."""
    of_contact = features.names.held
    owners = held.owners()
    sizes = of_contact.counts[owners]
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    name = of_contact.ids[np.repeat(of_contact.offsets[owners], sizes) + place]
    keys = np.repeat(key[held.ids], sizes)
    first = np.unique(mix(keys, features.names.hashes[name]), return_index=True)[1]
    keys, name = keys[first], name[first]
    order = np.lexsort((features.names.hashes[name], keys))
    return keys[order], name[order]


def _people(features: Features, users: Lists) -> npt.NDArray[np.int64]:
    """The number of people whom the names of each list may be."""
    lists = np.arange(len(users.offsets) - 1, dtype=np.int64)
    places = Lists(users.offsets, np.arange(len(users.ids), dtype=np.int32))
    crossed = cross(places, places, lists, lists)
    once = crossed.left < crossed.right
    a, b = crossed.left[once], crossed.right[once]
    one, other, where = unique_pairs(users.ids[a], users.ids[b])
    same = may_be_one(features, one, other)[where]
    told = _told(features, users.ids)
    stands_for = np.zeros(len(users.ids), dtype=bool)  # a name that says less, for one that says more
    for short, full in ((a, b), (b, a)):
        stands_for[short[same & (told[short] < told[full])]] = True
    joining = same & (told[a] == told[b])
    labels = _components(len(users.ids), a[joining], b[joining])
    counted = np.flatnonzero(~stands_for)
    people = np.unique(labels[counted], return_index=True)[1]
    return np.bincount(users.owners()[counted[people]], minlength=len(lists)).astype(np.int64)


def _components(size: int, a: Ids, b: Ids) -> npt.NDArray[np.int32]:
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1])


def _told(features: Features, names: Ids) -> npt.NDArray[np.int8]:
    """How much each name says: first whether it has a given name of more than a letter, and a family name,
    then whether it has a generation."""
    single, (first, last) = features.words.single, (features.names.first, features.names.last)
    whole = (first[names] >= 0) & ~single[first[names]] & (last[names] >= 0)
    return np.asarray(2 * whole.astype(np.int8) + (features.names.suffix[names] >= 0))


def may_be_one(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether the distinct names a[i] and b[i] may be one person's."""
    found = _alike_but_for_generations(features, a, b)
    return np.asarray(found & ~contradict(features.names.suffix[a], features.names.suffix[b]))


def _alike_but_for_generations(features: Features, a: Ids, b: Ids) -> Flags:
    found = _straight(features, a, b) | _exchanged(features, a, b) | _by_middle_name(features, a, b)
    return np.asarray(found | _as_user_name(features, a, b))


def _straight(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether the given names may be one: if they are not known to be two, by how they begin, too."""
    first, words = features.names.first, features.words
    given = relate(words, first[a], first[b])
    alike = nicknamed(features, a, b, given)
    given = told_apart(features, a, b, given)
    alike |= (given == Relation.SILENT) | (given >= Relation.INITIAL)
    one_letter = words.letter[first[a]] == words.letter[first[b]]
    alike |= one_letter & (features.names.latin[a] != features.names.latin[b])
    rows = np.flatnonzero(one_letter & _may_be_short_forms(words, first[a], first[b]) & ~alike)
    starts = zip(words.bare[first[a[rows]]], words.bare[first[b[rows]]], strict=True)
    alike[rows] = [one[:_BEGINNING] == other[:_BEGINNING] for one, other in starts]
    return np.asarray(alike & _families_begin_alike(features, a, b))


def _may_be_short_forms(words: NameWords, one: Ids, other: Ids) -> Flags:
    """Whether one word may be a short form of the other that no list has (Raju, Rajesh)."""
    known, sizes = words.as_given, words.bare_sizes
    short = np.minimum(sizes[one], sizes[other]) <= _LONGEST_SHORT_FORM
    cut = short & (np.abs(sizes[one] - sizes[other]) >= _FEWEST_CUT)
    return np.asarray(cut & ~(known.listed[one] & known.listed[other]))


def _families_begin_alike(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether the family names begin alike, or one is a middle name (J. Valdão, J. Valdão Moreira)."""
    last, middle, letter = features.names.last, features.names.middle, features.words.letter
    alike = (last[a] < 0) | (last[b] < 0) | (letter[last[a]] == letter[last[b]])
    left_out = (last[a] == middle[b]) | (middle[a] == last[b])
    single = features.words.single  # John Smith I is not John Smith II
    return np.asarray(alike | (left_out & ~single[last[a]] & ~single[last[b]]))


def _exchanged(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether one's given name is the other's family name, and the reverse may hold where both have both."""
    names, words = features.names, features.words
    over = relate(words, names.first[a], names.last[b])
    back = relate(words, names.last[a], names.first[b])
    met = (over >= Relation.SLIP) | (back >= Relation.SLIP)
    first_over = _begin_alike(features, names.first[a], names.last[b])
    return np.asarray(met & first_over & _begin_alike(features, names.last[a], names.first[b]))


def _begin_alike(features: Features, one: Ids, other: Ids) -> Flags:
    letter = features.words.letter
    return np.asarray((one < 0) | (other < 0) | (letter[one] == letter[other]))


def _by_middle_name(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether one's given name is the other's middle name or the nickname that a source states."""
    names = features.names
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        for part in (names.middle, names.nickname):
            found |= (names.first[one] == part[other]) & (part[other] >= 0)
    return found & _families_begin_alike(features, a, b)


def _as_user_name(features: Features, a: Ids, b: Ids) -> Flags:
    """Whether one's only word is the other's name as a user name has it (jsmith, johnsmith, smithj)."""
    names, bare = features.names, features.words.bare
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        rows = np.flatnonzero((names.last[one] < 0) & (names.first[other] >= 0) & (names.last[other] >= 0))
        words, given, family = (
            bare[part[side[rows]]]
            for part, side in ((names.first, one), (names.first, other), (names.last, other))
        )
        told = [
            word in (first[:1] + last, first + last, last + first[:1], last + first)
            for word, first, last in zip(words, given, family, strict=True)
        ]
        found[rows] |= np.array(told, dtype=bool)
    return found

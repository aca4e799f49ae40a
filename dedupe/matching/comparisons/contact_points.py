"""Comparisons of contact points: email addresses, phone numbers and identifiers."""

from __future__ import annotations

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from dedupe.arrays.hashing import Hashes
from dedupe.matching.comparisons.definitions import (
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAME,
    IDENTIFIER,
    PHONE,
    SILENT,
    Comparison,
)
from dedupe.matching.comparisons.names_in_addresses import differ_in_names
from dedupe.matching.comparisons.result import (
    ComparisonResult,
    ComparisonResults,
    Levels,
    best_of,
    counts_where_counted,
    spread,
)
from dedupe.matching.features.build import Emails, Features, Flags, Identifiers, Phones
from dedupe.matching.features.encoding import Ids, Pool, Positions, cross, unique_pairs
from dedupe.matching.features.prefilter import may_hold
from dedupe.matching.term_frequencies import PERSONAL_UP_TO, FrequencyTable, TermFrequencies

_DIGITS_THAT_DISTINGUISH = 2
"""A local part with so many digits is one person's own, though it spells a name. Chosen."""
_ALL_LETTERS = np.uint64(2**64 - 1)  # of a silent name: no text holds them all

FEW_UP_TO = 8
"""A value used under so many different names is shared by few; under more, by many. Chosen."""


def compare_emails(
    features: Features,
    term_frequencies: TermFrequencies,
    left: Positions,
    right: Positions,
    names: ComparisonResults,
) -> ComparisonResult:
    """Levels of the best pair of two contacts' addresses, beside their compared names; a rare domain weighs
    more."""
    emails = features.emails
    crossed = cross(emails.held, emails.held, left, right)
    level = _email_levels(emails, term_frequencies.tables["email"], crossed.left, crossed.right)
    local = np.flatnonzero(level == EMAIL.index("local"))
    pair, used = crossed.pair[local], emails.local_of[crossed.left[local]]
    named = _holds_users_name(features, used, left[pair]) | _holds_users_name(features, used, right[pair])
    level[local[named]] = EMAIL.index("local_of_name")
    other = (level == EMAIL.index("near")) & (
        names["given_name"].level[crossed.pair] == GIVEN_NAME.index("different")
    )
    level[other] = _domain_levels(emails, crossed.left[other], crossed.right[other])
    row = best_of(crossed.pair, level.astype(np.int64), len(left))
    domain = spread(emails.domain_of[crossed.left], row, -1)
    found = spread(level, row, SILENT)
    found[(found == EMAIL.index("local_of_name")) & _names_agree(names)] = SILENT
    counted = term_frequencies.tables["domain"]
    count = counts_where_counted(EMAIL, found, counted, emails.domain.hashes, domain)
    return ComparisonResult(found, count, counted.total)


def _domain_levels(emails: Emails, a: Ids, b: Ids) -> Levels:
    """`domain` where two addresses belong to one organisation, else `different`: all that is left of a slip
    between the addresses of people whose given names differ (j.smith@, r.smith@)."""
    same = (emails.domain_of[a] == emails.domain_of[b]) & ~emails.free[a]
    return np.where(same, np.int8(EMAIL.index("domain")), np.int8(EMAIL.index("different")))


def _names_agree(names: ComparisonResults) -> Flags:
    """Where given and family names agree, so that a local part that spells them says nothing more."""
    given, family = names["given_name"].level, names["family_name"].level
    return (given >= GIVEN_NAME.index("initial")) & (family >= FAMILY_NAME.index("alike"))


def _email_levels(emails: Emails, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    same_domain = emails.domain_of[a] == emails.domain_of[b]
    level = _domain_levels(emails, a, b)
    same_local = (emails.local_of[a] == emails.local_of[b]) & (emails.local_of[a] >= 0)
    own = same_local & ~emails.role[a] & ~emails.role[b]
    level[own] = EMAIL.index("local")
    same = emails.key[a] == emails.key[b]
    near = np.flatnonzero(~same & (a != b))
    near = near[_near_addresses(emails, a[near], b[near])]
    level[near] = level[own & same_domain] = EMAIL.index("near")
    level[same] = _levels_by_users(EMAIL, shared, emails.key[a], emails.role[a])[same]
    return level


def _holds_users_name(features: Features, local: Ids, user: Positions) -> Flags:
    """Whether each local part holds a name of its user and no number of its own. A name not in Latin letters
    is taken to be held, because how an address spells it can't be told letter by letter."""
    names = features.names
    named = np.flatnonzero(names.held.counts[user] > 0)
    a, b, where = unique_pairs(local[named], names.held.ids[names.held.offsets[user[named]]])
    told = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(may_spell(features, a, b))
    told[rows] = list(map(_holds_name, *spellings(features, a[rows], b[rows])))
    rows = np.flatnonzero(~names.latin[b])
    told[rows] = [_few_digits(text) for text in features.emails.local.at(a[rows])]
    found = np.zeros(len(local), dtype=bool)
    found[named] = told[where]
    return found


def may_spell(features: Features, local: Ids, name: Ids) -> Flags:
    """False where neither given nor family name (ids of distinct names) can stand in a local part."""
    letters, words = (
        features.emails.local.letters[local],
        np.append(features.words.pool.letters, _ALL_LETTERS),
    )
    names = features.names
    return may_hold(letters, words[names.first[name]]) | may_hold(letters, words[names.last[name]])


def spellings(features: Features, local: Ids, name: Ids) -> tuple[list[str], list[str], list[str]]:
    """The texts of local parts, given and family names without spaces; empty where silent."""
    bare, names = features.words.bare, features.names
    locals_ = features.emails.local.at(local)
    return locals_, bare[names.first[name]].tolist(), bare[names.last[name]].tolist()


def _holds_name(local: str, first: str, last: str) -> bool:
    """Whether a local part holds a name of three letters or more and no number of its own."""
    spelled = (len(last) >= 3 and last in local) or (len(first) >= 3 and first in local)
    return spelled and _few_digits(local)


def _few_digits(local: str) -> bool:
    return sum(map(str.isdigit, local)) < _DIGITS_THAT_DISTINGUISH


def _near_addresses(emails: Emails, a: Ids, b: Ids) -> Flags:
    """Whether two addresses are one typing slip apart, or two where what differs is long."""
    rows = np.flatnonzero(emails.address.may_be_edits_apart(a, b, 2))
    one, other = emails.address.at(a[rows]), emails.address.at(b[rows])
    edits = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    near = np.zeros(len(a), dtype=bool)
    for i in np.flatnonzero(edits <= 2).tolist():
        size = _size_of_what_differs(one[i], other[i])
        close = size >= 4 if edits[i] == 1 else size >= 8
        apart = _differ_in_digits(one[i], other[i]) or differ_in_names(one[i], other[i])
        near[rows[i]] = close and not apart
    return near


def _one_edit_apart(pool: Pool, a: Ids, b: Ids) -> Flags:
    apart = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(pool.may_be_edits_apart(a, b, 1))
    one, other = pool.at(a[rows]), pool.at(b[rows])
    apart[rows] = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) == 1
    return apart


def _size_of_what_differs(one: str, other: str) -> int:
    """The length of the shorter local part or, where these are equal, of the shorter first label of the
    domain."""
    (local, _, domain), (other_local, _, other_domain) = one.partition("@"), other.partition("@")
    if local == other_local:
        return min(len(domain.partition(".")[0]), len(other_domain.partition(".")[0]))
    return min(len(local), len(other_local))


def _differ_in_digits(one: str, other: str) -> bool:
    """Whether two addresses hold other digits: smith7@ and smith8@ are two people, not a slip."""
    return [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]


def _levels_by_users(comparison: Comparison, shared: FrequencyTable, key: Hashes, known: Flags) -> Levels:
    """Levels of a value that both have, by the number of names that use it (`shared`).

    `known`: values that several people share by nature (a role mailbox, a toll-free number).
    """
    names = shared.of(key)
    few = ((names > PERSONAL_UP_TO) & (names <= FEW_UP_TO)) | ((names <= PERSONAL_UP_TO) & known)
    level = np.full(len(names), comparison.index("same"), dtype=np.int8)
    level[names > 1] = comparison.index("shared_by_two")
    level[few] = comparison.index("shared_by_few")
    level[names > FEW_UP_TO] = comparison.index("shared_by_many")
    return level


def compare_phones(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of the best pair of two contacts' numbers."""
    phones = features.phones
    crossed = cross(phones.held, phones.held, left, right)
    level = _phone_levels(phones, term_frequencies.tables["phone"], crossed.left, crossed.right)
    row = best_of(crossed.pair, level.astype(np.int64), len(left))
    return ComparisonResult(spread(level, row, SILENT))


def _phone_levels(phones: Phones, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    level = np.full(len(a), PHONE.index("different"), dtype=np.int8)
    same = phones.key[a] == phones.key[b]
    other = np.flatnonzero(~same)
    one, two = phones.number_of[a[other]], phones.number_of[b[other]]
    level[other[_one_edit_apart(phones.number, one, two)]] = PHONE.index("digit")
    subscriber = ~same & (phones.subscriber[a] == phones.subscriber[b]) & (phones.subscriber[a] != 0)
    level[subscriber] = PHONE.index("subscriber")
    sharing = _levels_by_users(PHONE, shared, phones.key[a], phones.toll_free[a])
    level[same] = sharing[same]
    level[same & (phones.guessed[a] | phones.guessed[b])] = PHONE.index("subscriber")
    extended = same & (phones.extension[a] != phones.extension[b])
    both = extended & (phones.extension[a] != 0) & (phones.extension[b] != 0)
    level[both] = PHONE.index("extension")
    return level


def compare_identifiers(features: Features, left: Positions, right: Positions) -> ComparisonResult:
    """Levels of the best pair of identifiers of one namespace; that two differ says something only where a
    person has one of the kind."""
    held = features.identifiers.held
    crossed = cross(held, held, left, right)
    level = _identifier_levels(features.identifiers, crossed.left, crossed.right)
    told = np.flatnonzero(level >= 0)
    row = best_of(crossed.pair[told], level[told].astype(np.int64), len(left))
    return ComparisonResult(spread(level[told], row, SILENT))


def _identifier_levels(identifiers: Identifiers, a: Ids, b: Ids) -> Levels:
    alike = identifiers.namespace[a] == identifiers.namespace[b]
    contradict = alike & identifiers.unique[a] & identifiers.unique[b]
    level = np.where(contradict, np.int8(IDENTIFIER.index("different")), np.int8(SILENT))
    other = np.flatnonzero(contradict)
    near = _one_edit_apart(identifiers.value, a[other], b[other])
    level[other[near]] = IDENTIFIER.index("near")
    level[identifiers.key[a] == identifiers.key[b]] = IDENTIFIER.index("same")
    return level

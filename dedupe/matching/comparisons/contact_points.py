"""Comparing what reaches a person: emails, the names that emails spell, phones and identifiers."""

from __future__ import annotations

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from dedupe.arrays.hashing import Hashes
from dedupe.matching.comparisons.definitions import EMAIL, FAMILY_NAME, GIVEN_NAME, IDENTIFIER, PHONE
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
_EVERY = np.uint64(2**64 - 1)  # letters that no text holds, for a silent name

_DIFFERENT = 0

FEW_UP_TO = 8
"""So many different names share a value "by few"; more are many."""


def compare_emails(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions, names: ComparisonResults
) -> ComparisonResult:
    emails = evidence.emails
    crossed = cross(emails.held, emails.held, left, right)
    level = _judge_emails(emails, context.facts["email"], crossed.left, crossed.right)
    local = np.flatnonzero(level == EMAIL.index("local"))
    pair, used = crossed.pair[local], emails.local_of[crossed.left[local]]
    named = _names_user(evidence, used, left[pair]) | _names_user(evidence, used, right[pair])
    level[local[named]] = EMAIL.index("local_of_name")
    other = (level == EMAIL.index("near")) & (names["given_name"].level[crossed.pair] == _DIFFERENT)
    level[other] = _kin(emails, crossed.left[other], crossed.right[other])
    row = best_of(crossed.pair, level.astype(np.int64), len(left))
    domain = spread(emails.domain_of[crossed.left], row, -1)
    found = spread(level, row, -1)
    found[(found == EMAIL.index("local_of_name")) & _agree(names)] = -1
    counted = context.facts["domain"]
    count = counts_where_counted(EMAIL, found, counted, emails.domain.hashes, domain)
    return ComparisonResult(found, count, counted.total)


def _kin(emails: Emails, a: Ids, b: Ids) -> Levels:
    """Whether two addresses belong to one organisation. A letter between the addresses of people whose given
    names differ (j.smith@, r.smith@) is no slip."""
    same = (emails.domain_of[a] == emails.domain_of[b]) & ~emails.free[a]
    return np.where(same, np.int8(EMAIL.index("domain")), np.int8(_DIFFERENT))


def _agree(names: ComparisonResults) -> Flags:
    """Where the names agree, a local part that spells them says nothing more."""
    given, family = names["given_name"].level, names["family_name"].level
    return (given >= GIVEN_NAME.index("initial")) & (family >= FAMILY_NAME.index("alike"))


def _judge_emails(emails: Emails, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    same_domain = emails.domain_of[a] == emails.domain_of[b]
    level = _kin(emails, a, b)
    same_local = (emails.local_of[a] == emails.local_of[b]) & (emails.local_of[a] >= 0)
    own = same_local & ~emails.role[a] & ~emails.role[b]
    level[own] = EMAIL.index("local")
    same = emails.key[a] == emails.key[b]
    near = np.flatnonzero(~same & (a != b))
    near = near[_near_addresses(emails, a[near], b[near])]
    level[near] = level[own & same_domain] = EMAIL.index("near")
    level[same] = _sharing(shared, emails.key[a], emails.role[a], EMAIL.index("shared_by_many"))[same]
    return level


def _names_user(evidence: Features, local: Ids, user: Positions) -> Flags:
    """Where a local part holds a name of its user and no number of its own. A name not in Latin letters
    is taken to be held: how an address spells it can't be told letter by letter."""
    names = evidence.names
    named = np.flatnonzero(names.held.counts[user] > 0)
    a, b, where = unique_pairs(local[named], names.held.ids[names.held.offsets[user[named]]])
    told = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(may_spell(evidence, a, b))
    told[rows] = list(map(holds_name, *spellings(evidence, a[rows], b[rows])))
    rows = np.flatnonzero(~names.latin[b])
    told[rows] = [_few_digits(text) for text in evidence.emails.local.at(a[rows])]
    found = np.zeros(len(local), dtype=bool)
    found[named] = told[where]
    return found


def may_spell(evidence: Features, local: Ids, name: Ids) -> Flags:
    """False where neither given nor family name can stand in a local part."""
    letters, words = evidence.emails.local.letters[local], np.append(evidence.words.pool.letters, _EVERY)
    names = evidence.names
    return may_hold(letters, words[names.first[name]]) | may_hold(letters, words[names.last[name]])


def spellings(evidence: Features, local: Ids, name: Ids) -> tuple[list[str], list[str], list[str]]:
    """Local parts, given and family names without spaces, empty for silence."""
    bare, names = evidence.words.bare, evidence.names
    locals_ = evidence.emails.local.at(local)
    return locals_, bare[names.first[name]].tolist(), bare[names.last[name]].tolist()


def holds_name(local: str, first: str, last: str) -> bool:
    spelled = (len(last) >= 3 and last in local) or (len(first) >= 3 and first in local)
    return spelled and _few_digits(local)


def _few_digits(local: str) -> bool:
    return sum(map(str.isdigit, local)) < _DIGITS_THAT_DISTINGUISH


def _near_addresses(emails: Emails, a: Ids, b: Ids) -> Flags:
    """One slip apart (two in a long address), local part and domain taken together."""
    rows = np.flatnonzero(emails.address.may_be_edits_apart(a, b, 2))
    one, other = emails.address.at(a[rows]), emails.address.at(b[rows])
    edits = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    near = np.zeros(len(a), dtype=bool)
    for i in np.flatnonzero(edits <= 2).tolist():
        size = _size_of_what_differs(one[i], other[i])
        close = size >= 4 if edits[i] == 1 else size >= 8
        near[rows[i]] = close and not _differ_in_digits(one[i], other[i])
    return near


def _one_edit_apart(pool: Pool, a: Ids, b: Ids) -> Flags:
    apart = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(pool.may_be_edits_apart(a, b, 1))
    one, other = pool.at(a[rows]), pool.at(b[rows])
    apart[rows] = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) == 1
    return apart


def _size_of_what_differs(one: str, other: str) -> int:
    """Letters of the shorter local part or, where these are equal, of the domain's first label."""
    (local, _, domain), (other_local, _, other_domain) = one.partition("@"), other.partition("@")
    if local == other_local:
        return min(len(domain.partition(".")[0]), len(other_domain.partition(".")[0]))
    return min(len(local), len(other_local))


def _differ_in_digits(one: str, other: str) -> bool:
    """smith7@ and smith8@ are two people, not a slip."""
    return [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]


def _sharing(shared: FrequencyTable, key: Hashes, known: Flags, many: int) -> Levels:
    """Levels from `many` (shared by many) over few and two to one, by the names that use the value."""
    names = shared.of(key)
    few = ((names > PERSONAL_UP_TO) & (names <= FEW_UP_TO)) | ((names <= PERSONAL_UP_TO) & known)
    level = np.full(len(names), np.int8(many + 3))
    level[names > 1] = many + 2
    level[few] = many + 1
    level[names > FEW_UP_TO] = many
    return level


def compare_phones(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    phones = evidence.phones
    crossed = cross(phones.held, phones.held, left, right)
    level = _judge_phones(phones, context.facts["phone"], crossed.left, crossed.right)
    row = best_of(crossed.pair, level.astype(np.int64), len(left))
    return ComparisonResult(spread(level, row, -1))


def _judge_phones(phones: Phones, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    level = np.zeros(len(a), dtype=np.int8)
    same = phones.key[a] == phones.key[b]
    other = np.flatnonzero(~same)
    one, two = phones.number_of[a[other]], phones.number_of[b[other]]
    level[other[_one_edit_apart(phones.number, one, two)]] = PHONE.index("digit")
    subscriber = ~same & (phones.subscriber[a] == phones.subscriber[b]) & (phones.subscriber[a] != 0)
    level[subscriber] = PHONE.index("subscriber")
    sharing = _sharing(shared, phones.key[a], phones.toll_free[a], PHONE.index("shared_by_many"))
    level[same] = sharing[same]
    level[same & (phones.guessed[a] | phones.guessed[b])] = PHONE.index("subscriber")
    extended = same & (phones.extension[a] != phones.extension[b])
    both = extended & (phones.extension[a] != 0) & (phones.extension[b] != 0)
    level[both] = PHONE.index("extension")
    return level


def compare_identifiers(evidence: Features, left: Positions, right: Positions) -> ComparisonResult:
    """Only within a namespace; a difference speaks only where a person has one of the kind."""
    held = evidence.identifiers.held
    crossed = cross(held, held, left, right)
    level = _judge_identifiers(evidence.identifiers, crossed.left, crossed.right)
    told = np.flatnonzero(level >= 0)
    row = best_of(crossed.pair[told], level[told].astype(np.int64), len(left))
    return ComparisonResult(spread(level[told], row, -1))


def _judge_identifiers(identifiers: Identifiers, a: Ids, b: Ids) -> Levels:
    kin = identifiers.namespace[a] == identifiers.namespace[b]
    level = np.where(kin & identifiers.unique[a] & identifiers.unique[b], np.int8(0), np.int8(-1))
    other = np.flatnonzero(level == 0)
    near = _one_edit_apart(identifiers.value, a[other], b[other])
    level[other[near]] = IDENTIFIER.index("near")
    level[identifiers.key[a] == identifiers.key[b]] = IDENTIFIER.index("same")
    return level

"""Comparisons of contact points: email addresses, phone numbers and identifiers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
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
)
from dedupe.matching.comparisons.local_parts import holds_users_name
from dedupe.matching.comparisons.mailboxes import mailbox_levels
from dedupe.matching.comparisons.names_in_addresses import differ_in_names
from dedupe.matching.comparisons.result import (
    ComparisonResult,
    ComparisonResults,
    Levels,
    best_of,
    counts_where_counted,
    spread,
)
from dedupe.matching.comparisons.users import FEW_UP_TO, by_names_of_users, levels_by_users
from dedupe.matching.features.build import Emails, Features, Flags, Identifiers, Phones
from dedupe.matching.features.encoding import Ids, Pool, Positions, cross
from dedupe.matching.term_frequencies import MARKED, PERSONAL_UP_TO, FrequencyTable, TermFrequencies

_LEVEL_FROM = 56
"""The bit from which the level stands in a score; there are few levels."""
_SHARED_IDENTIFIER = [IDENTIFIER.index("shared_by_many"), IDENTIFIER.index("shared_by_few")]


def compare_emails(
    features: Features,
    term_frequencies: TermFrequencies,
    left: Positions,
    right: Positions,
    names: ComparisonResults,
) -> ComparisonResults:
    """Levels of the best pair of two contacts' addresses, beside their compared names, and of the mailbox
    that both use; a rare domain weighs more."""
    emails = features.emails
    crossed = cross(emails.held, emails.held, left, right)
    level = _email_levels(emails, term_frequencies.tables["email"], crossed.left, crossed.right)
    of_generations = _marked(term_frequencies, "email_generations", emails.untagged[crossed.left])
    of_ages = _marked(term_frequencies, "email_ages", emails.untagged[crossed.left])
    of_ages &= ~_born_on_one_day(features, left, right)[crossed.pair]
    half_named = features.whole_named[left] != features.whole_named[right]
    level = by_names_of_users(EMAIL, level, names, crossed.pair, of_generations, of_ages, half_named)
    local = np.flatnonzero(level == EMAIL.index("local"))
    pair, used = crossed.pair[local], emails.local_of[crossed.left[local]]
    named = holds_users_name(features, used, left[pair]) | holds_users_name(features, used, right[pair])
    level[local[named]] = EMAIL.index("local_of_name")
    other = (level == EMAIL.index("near")) & (
        names["given_name"].level[crossed.pair] == GIVEN_NAME.index("different")
    )
    level[other] = _domain_levels(emails, crossed.left[other], crossed.right[other])
    row = best_of(crossed.pair, _by_level_and_mailbox(emails, level, crossed.left, crossed.right), len(left))
    domain = spread(emails.domain_of[crossed.left], row, -1)
    found = spread(level, row, SILENT)
    found[(found == EMAIL.index("local_of_name")) & _names_agree(names)] = SILENT
    counted = term_frequencies.tables["domain"]
    count = counts_where_counted(EMAIL, found, counted, emails.domain.hashes, domain)
    address = spread(crossed.left, row, -1)
    return {
        "email": ComparisonResult(found, count, counted.total),
        "mailbox": ComparisonResult(
            mailbox_levels(features, term_frequencies.tables["contested"], found, address, left, right)
        ),
    }


def _by_level_and_mailbox(emails: Emails, level: Levels, a: Ids, b: Ids) -> npt.NDArray[np.int64]:
    """Scores that choose the best pair of addresses: of several at one level the same from both sides."""
    either = np.minimum(emails.untagged[a], emails.untagged[b]) & ((1 << _LEVEL_FROM) - 1)
    return np.asarray((level.astype(np.int64) << _LEVEL_FROM) | either)


def _marked(term_frequencies: TermFrequencies, table: str, keys: Hashes) -> Flags:
    return np.asarray(term_frequencies.tables[table].of(keys) == MARKED)


def _born_on_one_day(features: Features, left: Positions, right: Positions) -> Flags:
    born = features.births.whole
    return np.asarray((born[left] == born[right]) & (born[left] > 0))


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
    level[own & ~(same_domain & emails.free[a])] = EMAIL.index("local")
    same = emails.key[a] == emails.key[b]
    tagged = ~same & (emails.untagged[a] == emails.untagged[b])
    near = np.flatnonzero(~same & (a != b))
    near = near[_near_addresses(emails, a[near], b[near])]
    level[near] = level[own & same_domain & ~emails.free[a]] = EMAIL.index("near")
    one_mailbox = same | tagged
    sharing = levels_by_users(EMAIL, shared, emails.untagged[a], emails.role[a])
    level[one_mailbox] = sharing[one_mailbox]
    level[tagged & (level == EMAIL.index("same"))] = EMAIL.index("tagged")
    return level


def _near_addresses(emails: Emails, a: Ids, b: Ids) -> Flags:
    """Whether two addresses are one typing slip apart, or two where what differs is long."""
    rows = np.flatnonzero(emails.address.may_be_edits_apart(a, b, 2))
    one, other = emails.address.at(a[rows]), emails.address.at(b[rows])
    edits = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    near = np.zeros(len(a), dtype=bool)
    free = emails.free[a[rows]]
    for i in np.flatnonzero(edits <= 2).tolist():
        size = _size_of_what_differs(one[i], other[i])
        close = size >= 4 if edits[i] == 1 else size >= 8
        apart = _differ_in_digits(one[i], other[i]) or differ_in_names(one[i], other[i])
        near[rows[i]] = close and not apart and not (free[i] and _differ_in_separators(one[i], other[i]))
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


_SEPARATORS = str.maketrans("", "", "._-")


def _differ_in_separators(one: str, other: str) -> bool:
    """Whether two addresses at one provider are the same words, put together otherwise: ann_ash@ and annash@
    are two people of one name, no slip."""
    return one.translate(_SEPARATORS) == other.translate(_SEPARATORS)


def compare_phones(
    features: Features,
    term_frequencies: TermFrequencies,
    left: Positions,
    right: Positions,
    names: ComparisonResults,
) -> ComparisonResult:
    """Levels of the best pair of two contacts' numbers, beside their compared names."""
    phones = features.phones
    crossed = cross(phones.held, phones.held, left, right)
    level = _phone_levels(phones, term_frequencies.tables["phone"], crossed.left, crossed.right)
    of_generations = _marked(term_frequencies, "phone_generations", phones.line[crossed.left])
    of_ages = _marked(term_frequencies, "phone_ages", phones.line[crossed.left])
    of_ages &= ~_born_on_one_day(features, left, right)[crossed.pair]
    half_named = features.whole_named[left] != features.whole_named[right]
    level = by_names_of_users(PHONE, level, names, crossed.pair, of_generations, of_ages, half_named)
    row = best_of(crossed.pair, level.astype(np.int64), len(left))
    return ComparisonResult(spread(level, row, SILENT))


def _phone_levels(phones: Phones, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    level = np.full(len(a), PHONE.index("different"), dtype=np.int8)
    same = phones.key[a] == phones.key[b]
    national = (phones.national_of[a] == phones.national_of[b]) & (phones.national_of[a] >= 0)
    level[_one_digit_apart(phones, a, b, ~same & ~national)] = PHONE.index("digit")
    subscriber = ~same & (phones.subscriber[a] == phones.subscriber[b]) & (phones.subscriber[a] != 0)
    level[subscriber] = PHONE.index("subscriber")
    sharing = levels_by_users(PHONE, shared, phones.line[a], phones.toll_free[a] | phones.toll_free[b])
    level[same] = sharing[same]
    unsure = (same | national) & (phones.guessed[a] | phones.guessed[b])
    level[unsure] = np.where(phones.long[a[unsure]], sharing[unsure], PHONE.index("subscriber"))
    level[unsure & (level == PHONE.index("same"))] = PHONE.index("national")
    extended = (same | unsure) & (phones.extension[a] != phones.extension[b])
    both = extended & (phones.extension[a] != 0) & (phones.extension[b] != 0)
    level[both] = PHONE.index("extension")
    return level


def _one_digit_apart(phones: Phones, a: Ids, b: Ids, wanted: Flags) -> Positions:
    """The wanted rows whose numbers are one digit apart: E.164, or the national digits where the country of
    one is not known."""
    read = (phones.number_of[a] >= 0) & (phones.number_of[b] >= 0)
    digits = (phones.national_of[a] >= 0) & (phones.national_of[b] >= 0)
    known, unknown = np.flatnonzero(wanted & read), np.flatnonzero(wanted & ~read & digits)
    one, other = phones.number_of[a[known]], phones.number_of[b[known]]
    found = known[_one_edit_apart(phones.number, one, other)]
    one, other = phones.national_of[a[unknown]], phones.national_of[b[unknown]]
    return np.concatenate([found, unknown[_one_edit_apart(phones.national, one, other)]])


def compare_identifiers(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of the best pair of identifiers of one namespace; that two differ says something only where a
    person has one of the kind."""
    held = features.identifiers.held
    crossed = cross(held, held, left, right)
    shared = term_frequencies.tables["identifier"]
    level = _identifier_levels(features.identifiers, shared, crossed.left, crossed.right)
    told = np.flatnonzero(level >= 0)
    row = best_of(crossed.pair[told], level[told].astype(np.int64), len(left))
    return ComparisonResult(spread(level[told], row, SILENT))


def _identifier_levels(identifiers: Identifiers, shared: FrequencyTable, a: Ids, b: Ids) -> Levels:
    alike = identifiers.namespace[a] == identifiers.namespace[b]
    contradict = alike & identifiers.unique[a] & identifiers.unique[b]
    level = np.where(contradict, np.int8(IDENTIFIER.index("different")), np.int8(SILENT))
    other = np.flatnonzero(contradict)
    near = _one_edit_apart(identifiers.value, a[other], b[other])
    level[other[near]] = IDENTIFIER.index("near")
    same = identifiers.key[a] == identifiers.key[b]
    names = shared.of(identifiers.key[a[same]])
    shares = np.select(
        [names > FEW_UP_TO, names > PERSONAL_UP_TO], _SHARED_IDENTIFIER, IDENTIFIER.index("same")
    )
    level[same] = shares.astype(np.int8)
    return level

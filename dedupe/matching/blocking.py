"""Which pairs are looked at: contacts that share a match key.

Every rule makes keys (content hashes) from a contact's values. `MET_SQL` joins equal keys; it is plain
SQL, the same text for every engine. A key held by more contacts than the rule's cap is split by second keys
(given name, postcode, birth year, company, domain); parts that are still too full are skipped, counted and
reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import schemas
from dedupe.matching.coded import Lists, Positions, hashes_at
from dedupe.matching.columns import Column, integers, table
from dedupe.matching.evidence import Evidence
from dedupe.matching.hashing import Hashes, hash_texts, mix

Keys = tuple[Positions, Hashes]
"""(contact, key) rows; key 0 is no key."""


@dataclass(frozen=True)
class Rule:
    name: str
    sentence: str
    cap: int
    keys: Callable[[Parts], Keys]
    split: bool = False  # an over-full key is split by second keys; others' are left to narrower rules
    named: bool = False  # the key is the name, so that names can't split it
    broad: bool = False  # for files of up to BROAD_UP_TO contacts


BROAD_UP_TO = 150_000


@dataclass(frozen=True)
class Parts:
    """What rules combine: for each contact the hashes of its values, 0 where silent.

    `names` rows: a contact's names one below the other, with the place, birth and company beside them.
    """

    evidence: Evidence
    owner: Positions  # contact of each name row
    first: Hashes
    last: Hashes
    first_sound: Hashes
    last_sound: Hashes
    formal_owner: Positions  # contact, and below the given name and family name, of each formal given name
    formal: Hashes
    formal_last: Hashes
    initial: Hashes
    initials: Hashes  # of given and family name, in any order
    postcode: Hashes  # by contact, as the rest
    city: Hashes
    street: Hashes
    company: Hashes
    birth: Hashes
    birth_year: Hashes


def parts(evidence: Evidence) -> Parts:
    names, words, places = evidence.names, evidence.words, evidence.places
    used = names.held.ids
    first, last = names.first[used], names.last[used]
    owners = names.held.owners()
    spread = names.formal_of.counts[used]
    place = np.arange(spread.sum()) - np.repeat(np.cumsum(spread) - spread, spread)
    formal = names.formal[names.formal_of.ids[np.repeat(names.formal_of.offsets[used], spread) + place]]
    births = evidence.births
    lower, upper = np.minimum(births.month, births.day), np.maximum(births.month, births.day)
    whole = mix(births.year.astype(np.int64), lower.astype(np.int64), upper.astype(np.int64))
    return Parts(
        evidence=evidence,
        owner=owners,
        first=hashes_at(words.pool.hashes, first),
        last=hashes_at(words.pool.hashes, last),
        first_sound=words.sound[first],
        last_sound=words.sound[last],
        formal_owner=np.repeat(owners, spread),
        formal=formal,
        formal_last=np.repeat(hashes_at(words.pool.hashes, last), spread),
        initial=words.letter[first],
        initials=_initials(words.letter[first], words.letter[last]),
        postcode=hashes_at(places.postcode.hashes, places.postcode_of),
        city=hashes_at(places.city.hashes, places.city_of),
        street=hashes_at(places.street.hashes, places.street_of),
        company=hashes_at(evidence.company.hashes, evidence.company_of),
        birth=np.where(births.whole > 0, whole, 0),
        birth_year=births.year.astype(np.int64),
    )


def _initials(one: Hashes, other: Hashes) -> Hashes:
    return np.where((one != 0) & (other != 0), mix(np.minimum(one, other), np.maximum(one, other)), 0)


def _together(*columns: Hashes) -> Hashes:
    """One key of several; none where any is silent."""
    spoken = np.logical_and.reduce([column != 0 for column in columns])
    return np.where(spoken, mix(*columns), 0)


def _of_list(held: Lists, hashes: Hashes) -> Keys:
    return held.owners(), hashes[held.ids]


def _emails(p: Parts) -> Keys:
    return _of_list(p.evidence.emails.held, p.evidence.emails.key)


def _locals(p: Parts) -> Keys:
    emails = p.evidence.emails
    long = np.append(integers(pc.utf8_length(emails.local.values)) >= 5, False)
    usable = long[emails.local_of] & ~emails.role
    return _of_list(emails.held, np.where(usable, hashes_at(emails.local.hashes, emails.local_of), 0))


def _phones(p: Parts) -> Keys:
    return _of_list(p.evidence.phones.held, p.evidence.phones.key)


def _subscribers(p: Parts) -> Keys:
    return _of_list(p.evidence.phones.held, p.evidence.phones.subscriber)


def _identifiers(p: Parts) -> Keys:
    return _of_list(p.evidence.identifiers.held, p.evidence.identifiers.key)


def _full_names(p: Parts) -> Keys:
    one, other = np.minimum(p.formal, p.formal_last), np.maximum(p.formal, p.formal_last)
    return p.formal_owner, np.where(p.formal_last != 0, mix(one, other), 0)


def _whole_sounds(p: Parts) -> Keys:
    return p.owner, p.evidence.names.sound[p.evidence.names.held.ids]


def _sounds_and(beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return p.owner, _together(p.first_sound, p.last_sound, beside(p)[p.owner])

    return keys


def _first_and(*beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return p.formal_owner, _together(p.formal, *(one(p)[p.formal_owner] for one in beside))

    return keys


def _last_and(*beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return p.owner, _together(p.last_sound, *(one(p)[p.owner] for one in beside))

    return keys


def _last_initial_and(*beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return p.owner, _together(p.last, p.initial, *(one(p)[p.owner] for one in beside))

    return keys


def _initials_and(beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return p.owner, _together(p.initials, beside(p)[p.owner])

    return keys


def _either_and(beside: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    """Given and family names make one kind of key: either may stand in the other's place."""

    def keys(p: Parts) -> Keys:
        owners, place = np.tile(p.owner, 2), np.tile(beside(p)[p.owner], 2)
        return owners, _together(np.concatenate([p.first_sound, p.last_sound]), place)

    return keys


def _contacts_and(*columns: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        return np.arange(p.evidence.size, dtype=np.int64), _together(*(column(p) for column in columns))

    return keys


def _domain_and(name: Callable[[Parts], Hashes]) -> Callable[[Parts], Keys]:
    def keys(p: Parts) -> Keys:
        emails, names = p.evidence.emails, p.evidence.names.held
        owners = emails.held.owners()
        domain = np.where(emails.free, 0, hashes_at(emails.domain.hashes, emails.domain_of))[emails.held.ids]
        spoken = (names.counts[owners] > 0) & (domain != 0)
        row = names.offsets[owners[spoken]]
        return owners[spoken], _together(name(p)[row], domain[spoken])

    return keys


def _domains(p: Parts) -> Keys:
    emails = p.evidence.emails
    return _of_list(emails.held, np.where(emails.free, 0, hashes_at(emails.domain.hashes, emails.domain_of)))


def _spelled(p: Parts) -> Keys:
    """A name squeezed as mailboxes spell it, and the mailboxes' local parts, meet as one kind of key."""
    names, emails = p.evidence.names, p.evidence.emails
    rows = np.flatnonzero((names.first >= 0) & (names.last >= 0))
    squeezed: Column = pc.replace_substring(p.evidence.words.pool.values, " ", "")
    first, last = squeezed.take(pa.array(names.first[rows])), squeezed.take(pa.array(names.last[rows]))
    whole, short = np.zeros(len(names.first), np.int64), np.zeros(len(names.first), np.int64)
    whole[rows] = hash_texts(pc.binary_join_element_wise(first, last, ""))
    initials: Column = pc.utf8_slice_codeunits(first, start=0, stop=1)
    short[rows] = hash_texts(pc.binary_join_element_wise(initials, last, ""))
    letters: Column = pc.utf8_rtrim(emails.local.values, characters="0123456789")
    local = np.where(integers(pc.utf8_length(letters)) >= 5, hash_texts(letters), 0)
    mail = np.where(emails.role, 0, hashes_at(local, emails.local_of))
    held = names.held
    owners = np.concatenate([held.owners(), held.owners(), emails.held.owners()])
    return owners, np.concatenate([whole[held.ids], short[held.ids], mail[emails.held.ids]])


RULES: tuple[Rule, ...] = (
    Rule("email", "the same mailbox", 60, _emails, split=True),
    Rule("phone", "the same phone number", 60, _phones, split=True),
    Rule("identifier", "the same identifier", 60, _identifiers, split=True),
    Rule("email_local", "the same local part of an email address", 12, _locals),
    Rule("phone_subscriber", "the same phone number without its area", 20, _subscribers),
    Rule(
        "name",
        "the same given and family name, short forms and order aside",
        20,
        _full_names,
        split=True,
        named=True,
    ),
    Rule("name_sound", "names that sound the same, in whatever order", 12, _whole_sounds),
    Rule("name_in_email", "an email address that spells the name", 8, _spelled),
    Rule(
        "names_birth_year",
        "names that sound alike, born in one year",
        30,
        _sounds_and(lambda p: p.birth_year),
    ),
    Rule("names_postcode", "names that sound alike in one postcode", 30, _sounds_and(lambda p: p.postcode)),
    Rule("names_city", "names that sound alike in one town", 20, _sounds_and(lambda p: p.city)),
    Rule("given_birth", "the same given name and birth date", 30, _first_and(lambda p: p.birth)),
    Rule(
        "family_birth",
        "family names that sound alike and the same birth date",
        30,
        _last_and(lambda p: p.birth),
    ),
    Rule(
        "given_postcode",
        "the same given name in one postcode",
        30,
        _first_and(lambda p: p.postcode),
    ),
    Rule(
        "given_street",
        "the same given name at one street address",
        30,
        _first_and(lambda p: p.street),
    ),
    Rule(
        "family_street",
        "the same family name at one street address",
        30,
        _last_and(lambda p: p.street),
    ),
    Rule(
        "family_postcode_birth",
        "family name, postcode and year of birth",
        30,
        _last_and(lambda p: p.postcode, lambda p: p.birth_year),
    ),
    Rule(
        "family_initial_postcode",
        "initial, family name and postcode",
        30,
        _last_initial_and(lambda p: p.postcode),
    ),
    Rule("initials_postcode", "both initials and the postcode", 20, _initials_and(lambda p: p.postcode)),
    Rule("initials_street", "both initials and the street address", 20, _initials_and(lambda p: p.street)),
    Rule(
        "family_initial_company",
        "initial, family name and company",
        30,
        _last_initial_and(lambda p: p.company),
    ),
    Rule(
        "given_company",
        "the same given name in one company",
        20,
        _first_and(lambda p: p.company),
    ),
    Rule("given_domain", "the same given name at one domain", 12, _domain_and(lambda p: p.first)),
    Rule("family_domain", "the same family name at one domain", 12, _domain_and(lambda p: p.last)),
    Rule(
        "street_birth",
        "the same street address and birth date",
        20,
        _contacts_and(lambda p: p.street, lambda p: p.birth),
    ),
    Rule(
        "postcode_birth",
        "the same postcode and birth date",
        20,
        _contacts_and(lambda p: p.postcode, lambda p: p.birth),
    ),
    Rule(
        "street_postcode",
        "the same street address and postcode",
        12,
        _contacts_and(lambda p: p.street, lambda p: p.postcode),
    ),
    Rule(
        "part_postcode",
        "a name that sounds alike in one postcode, given or family",
        20,
        _either_and(lambda p: p.postcode),
        broad=True,
    ),
    Rule("birth", "the same birth date", 20, _contacts_and(lambda p: p.birth), broad=True),
    Rule("street", "the same street address", 12, _contacts_and(lambda p: p.street), broad=True),
    Rule("family", "family names that sound alike", 12, _last_and(), broad=True),
    Rule(
        "given_city",
        "the same given name in one town",
        20,
        _first_and(lambda p: p.city),
        broad=True,
    ),
    Rule(
        "family_city",
        "family names that sound alike in one town",
        20,
        _last_and(lambda p: p.city),
        broad=True,
    ),
    Rule(
        "given_birth_year",
        "the same given name born in one year",
        12,
        _first_and(lambda p: p.birth_year),
        broad=True,
    ),
    Rule(
        "family_birth_year",
        "family names that sound alike born in one year",
        12,
        _last_and(lambda p: p.birth_year),
        broad=True,
    ),
    Rule(
        "postcode_birth_year",
        "postcode and year of birth",
        12,
        _contacts_and(lambda p: p.postcode, lambda p: p.birth_year),
        broad=True,
    ),
    Rule(
        "city_birth_year",
        "town and year of birth",
        12,
        _contacts_and(lambda p: p.city, lambda p: p.birth_year),
        broad=True,
    ),
    Rule("domain", "the same domain of an organisation", 12, _domains, broad=True),
)
RULE_NAMES: tuple[str, ...] = tuple(rule.name for rule in RULES)

CAPS = pa.schema(
    [
        ("rule", pa.int16()),
        ("bit", pa.int64()),
        ("cap", pa.int64()),
        ("split", pa.int64()),
        ("own", pa.int64()),
    ]
)
SECOND = pa.schema([("contact", pa.int64()), ("part", pa.int64()), ("kind", pa.int64())])
_CONTACT_BITS, _RULE_BITS = 29, 6
_NAMES = 0  # the first kind of second keys


def caps_table() -> pa.Table:
    rows = [
        {
            "rule": number,
            "bit": 1 << number,
            "cap": rule.cap,
            "split": int(rule.split),
            "own": own_kind(number),
        }
        for number, rule in enumerate(RULES)
    ]
    return pa.Table.from_pylist(rows, schema=CAPS)


def own_kind(rule: int) -> int:
    """The kind of second key that says what the rule's key says, and so can't split it; -1: there is none."""
    return _NAMES if RULES[rule].named else -1


def keys_table(p: Parts) -> pa.Table:
    """KEYS of all rules that the file is blocked by."""
    return pa.concat_tables(rule_keys(p, number) for number in rules_for(p.evidence.size))


def rules_for(contacts: int) -> list[int]:
    """The rules that a file of so many contacts is blocked by."""
    return [number for number, rule in enumerate(RULES) if not rule.broad or contacts <= BROAD_UP_TO]


def rule_keys(p: Parts, number: int) -> pa.Table:
    """KEYS of the contacts that are matched; staff and others never meet."""
    contact, key = RULES[number].keys(p)
    evidence = p.evidence
    kept = np.flatnonzero((key != 0) & evidence.matched[contact])
    contact, key = contact[kept], key[kept]
    staff = np.flatnonzero(evidence.staff[contact])
    key[staff] = mix(key[staff], 1)
    contact, key = _met(contact, key)
    rule = np.full(len(contact), number, dtype=np.int16)
    return table(schemas.KEYS, contact, rule, key)


def _met(contact: Positions, key: Hashes) -> Keys:
    """Without keys that one contact alone holds, and each key once a contact."""
    rows = _perhaps_met(key)
    rows = rows[np.argsort(key[rows])]
    contact, key = contact[rows], key[rows]
    block = np.cumsum(_starts(key)) - 1
    # Sorting one number is quicker than sorting by two columns.
    code = np.sort((block << 32) | contact)
    code = code[_starts(code)]
    block, contact = code >> 32, code & 0xFFFFFFFF
    shared = np.bincount(block, minlength=1)[block] > 1
    return contact[shared], key[_starts(key)][block[shared]]


def _perhaps_met(key: Hashes) -> Positions:
    """Rows whose key shares its last bits with another row's: most keys that stand alone go here."""
    bits = max(10, (4 * len(key)).bit_length())
    slot = key & ((1 << bits) - 1)
    return np.flatnonzero(np.bincount(slot, minlength=1)[slot] > 1)


def _starts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which rows of a sorted column differ from the row before."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]


def parted_keys(parted: pa.Table) -> pa.Table:
    """KEYS of the rows of `PARTED_SQL`: an over-full key and a second key made one."""
    key = mix(integers(parted.column("key")), integers(parted.column("part")))
    return parted.select(["contact", "rule"]).append_column("key", pa.array(key)).cast(schemas.KEYS)


def pairs_table(met: pa.Table) -> pa.Table:
    """PAIRS of the rows of `MET_SQL`, each pair once with all of its rules."""
    a, b, rule = (met.column(name).to_numpy() for name in ("a", "b", "rule"))
    # One number a row, which sorts quickly; five hundred million contacts don't fit here anyway.
    assert not len(b) or int(b.max()) < 1 << _CONTACT_BITS
    code = (a.astype(np.uint64) << np.uint64(_CONTACT_BITS)) | b.astype(np.uint64)
    code = np.sort((code << np.uint64(_RULE_BITS)) | rule.astype(np.uint64))
    bit = np.int64(1) << (code & np.uint64((1 << _RULE_BITS) - 1)).astype(np.int64)
    pair = code >> np.uint64(_RULE_BITS)
    starts = np.flatnonzero(_starts(pair))
    rules = np.bitwise_or.reduceat(bit, starts) if len(starts) else bit
    pair = pair[starts].astype(np.int64)
    left, right = pair >> _CONTACT_BITS, pair & ((1 << _CONTACT_BITS) - 1)
    return table(schemas.PAIRS, left, right, rules)


def second_keys(p: Parts, contacts: Positions) -> pa.Table:
    """By what over-full keys are split, for the contacts that hold them."""
    wanted = np.zeros(p.evidence.size, dtype=bool)
    wanted[contacts] = True
    parts = []
    for kind, (contact, part) in enumerate(_second_parts(p)):
        kept = np.flatnonzero((part != 0) & wanted[contact])
        contact, part = contact[kept], mix(part[kept], kind)
        if kind == _NAMES:  # the only one of which a contact may have several
            order = np.lexsort((part, contact))
            contact, part = contact[order], part[order]
            fresh = _starts(contact) | _starts(part)
            contact, part = contact[fresh], part[fresh]
        parts.append(table(SECOND, contact, part, np.full(len(part), kind)))
    return pa.concat_tables(parts)


def _second_parts(p: Parts) -> Iterator[Keys]:
    everyone = np.arange(p.evidence.size, dtype=np.int64)
    yield p.owner, _together(p.first, p.last_sound)
    for column in (p.postcode, p.city, p.birth, p.company, p.street):
        yield everyone, column


SIZES_SQL = """
SELECT k.rule, k.key, count(*) AS size
FROM keys k
GROUP BY k.rule, k.key
HAVING count(*) > 1
"""

OVERFULL_SQL = """
SELECT DISTINCT k.contact
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
WHERE s.size > c.cap AND c.split = 1
"""

PARTED_SQL = """
SELECT k.contact, k.rule, k.key, p.part
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
JOIN second p ON p.contact = k.contact
WHERE s.size > c.cap AND c.split = 1 AND p.kind <> c.own
"""

NARROW_SQL = """
SELECT k.contact, k.rule, k.key
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
WHERE s.size <= c.cap
"""

MET_SQL = """
SELECT l.contact AS a, r.contact AS b, l.rule
FROM narrow l
JOIN narrow r ON r.rule = l.rule AND r.key = l.key
WHERE l.contact < r.contact
"""

SKIPPED_SQL = """
SELECT skipped.rule, count(*) AS blocks, sum(skipped.size) AS contacts, max(skipped.size) AS largest
FROM (
  SELECT s.rule, s.size
  FROM part_sizes s
  JOIN caps c ON c.rule = s.rule
  WHERE s.size > c.cap
  UNION ALL
  SELECT s.rule, s.size
  FROM sizes s
  JOIN caps c ON c.rule = s.rule
  WHERE s.size > c.cap AND c.split = 0
) skipped
GROUP BY skipped.rule
"""

SPLIT_SQL = """
SELECT s.rule, count(*) AS blocks, sum(s.size) AS contacts, max(s.size) AS largest
FROM sizes s
JOIN caps c ON c.rule = s.rule
WHERE s.size > c.cap AND c.split = 1
GROUP BY s.rule
"""

"""The blocking rules: what two contacts must share to be a candidate pair, each as keys (content hashes)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dedupe.arrays.hashing import Hashes, mix
from dedupe.matching.blocking.email_keys import domain_and, domains, local_parts, spelled_names
from dedupe.matching.blocking.key_parts import KeyParts, Keys, of_list, together


@dataclass(frozen=True)
class BlockingRule:
    """A rule; its name is stored, its sentence shown. Caps were chosen: the wider the key, the smaller."""

    name: str
    sentence: str
    cap: int  # a block of more contacts is oversized
    keys: Callable[[KeyParts], Keys]
    split: bool = False  # an oversized block is split by second keys; else it is left to narrower rules
    named: bool = False  # the key is the name, so that names can't split it
    broad: bool = False  # for files of up to BROAD_UP_TO contacts


def _emails(p: KeyParts) -> Keys:
    return of_list(p.features.emails.held, p.features.emails.untagged)


def _phones(p: KeyParts) -> Keys:
    return of_list(p.features.phones.held, p.features.phones.line)


def _subscribers(p: KeyParts) -> Keys:
    return of_list(p.features.phones.held, p.features.phones.subscriber)


def _identifiers(p: KeyParts) -> Keys:
    return of_list(p.features.identifiers.held, p.features.identifiers.key)


def _full_names(p: KeyParts) -> Keys:
    one, other = np.minimum(p.formal, p.formal_last), np.maximum(p.formal, p.formal_last)
    return p.formal_owner, np.where(p.formal_last != 0, mix(one, other), 0)


def _whole_sounds(p: KeyParts) -> Keys:
    return p.owner, p.features.names.sound[p.features.names.held.ids]


def _sounds_and(beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return p.owner, together(p.first_sound, p.last_sound, beside(p)[p.owner])

    return keys


def _first_and(*beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return p.formal_owner, together(p.formal, *(one(p)[p.formal_owner] for one in beside))

    return keys


def _last_and(*beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return p.owner, together(p.last_sound, *(one(p)[p.owner] for one in beside))

    return keys


def _last_initial_and(*beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return p.owner, together(p.last, p.initial, *(one(p)[p.owner] for one in beside))

    return keys


def _initials_and(beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return p.owner, together(p.initials, beside(p)[p.owner])

    return keys


def _either_and(beside: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    """Given and family names as keys of one kind, because either may stand in the other's place."""

    def keys(p: KeyParts) -> Keys:
        owners, place = np.tile(p.owner, 2), np.tile(beside(p)[p.owner], 2)
        return owners, together(np.concatenate([p.first_sound, p.last_sound]), place)

    return keys


def _scrambled(p: KeyParts) -> Hashes:
    return together(p.first_letters, p.last_sound)


def _scrambled_in_town(p: KeyParts) -> Keys:
    return p.owner, together(_scrambled(p), p.city[p.owner])


def _contacts_and(*columns: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        return np.arange(p.features.size, dtype=np.int64), together(*(column(p) for column in columns))

    return keys


RULES: tuple[BlockingRule, ...] = (
    BlockingRule("email", "the same mailbox, tags aside", 60, _emails, split=True),
    BlockingRule("phone", "the same phone number, with its country or without", 60, _phones, split=True),
    BlockingRule("identifier", "the same identifier", 60, _identifiers, split=True),
    BlockingRule("email_local", "the same local part of an email address", 12, local_parts),
    BlockingRule("phone_subscriber", "the same phone number without its area", 20, _subscribers),
    BlockingRule(
        "name",
        "the same given and family name, short forms and order aside",
        20,
        _full_names,
        split=True,
        named=True,
    ),
    BlockingRule("name_sound", "names that sound the same, in whatever order", 12, _whole_sounds),
    BlockingRule("name_in_email", "an email address that spells the name", 8, spelled_names),
    BlockingRule(
        "names_birth_year",
        "names that sound alike, born in one year",
        30,
        _sounds_and(lambda p: p.birth_year),
    ),
    BlockingRule(
        "names_postcode", "names that sound alike in one postcode", 30, _sounds_and(lambda p: p.postcode)
    ),
    BlockingRule("names_city", "names that sound alike in one town", 20, _sounds_and(lambda p: p.city)),
    BlockingRule("given_birth", "the same given name and birth date", 30, _first_and(lambda p: p.birth)),
    BlockingRule(
        "family_birth",
        "family names that sound alike and the same birth date",
        30,
        _last_and(lambda p: p.birth),
    ),
    BlockingRule(
        "given_postcode", "the same given name in one postcode", 30, _first_and(lambda p: p.postcode)
    ),
    BlockingRule(
        "given_street", "the same given name at one street address", 30, _first_and(lambda p: p.street)
    ),
    BlockingRule(
        "family_street", "the same family name at one street address", 30, _last_and(lambda p: p.street)
    ),
    BlockingRule(
        "family_postcode_birth",
        "family name, postcode and year of birth",
        30,
        _last_and(lambda p: p.postcode, lambda p: p.birth_year),
    ),
    BlockingRule(
        "family_initial_postcode",
        "initial, family name and postcode",
        30,
        _last_initial_and(lambda p: p.postcode),
    ),
    BlockingRule(
        "initials_postcode", "both initials and the postcode", 20, _initials_and(lambda p: p.postcode)
    ),
    BlockingRule(
        "initials_street", "both initials and the street address", 20, _initials_and(lambda p: p.street)
    ),
    BlockingRule(
        "family_initial_company",
        "initial, family name and company",
        30,
        _last_initial_and(lambda p: p.company),
    ),
    BlockingRule("given_company", "the same given name in one company", 20, _first_and(lambda p: p.company)),
    BlockingRule("given_domain", "the same given name at one domain", 12, domain_and(lambda p: p.first)),
    BlockingRule("family_domain", "the same family name at one domain", 12, domain_and(lambda p: p.last)),
    BlockingRule(
        "street_birth",
        "the same street address and birth date",
        20,
        _contacts_and(lambda p: p.street, lambda p: p.birth),
    ),
    BlockingRule(
        "postcode_birth",
        "the same postcode and birth date",
        20,
        _contacts_and(lambda p: p.postcode, lambda p: p.birth),
    ),
    BlockingRule(
        "street_postcode",
        "the same street address and postcode",
        12,
        _contacts_and(lambda p: p.street, lambda p: p.postcode),
    ),
    BlockingRule(
        "part_postcode",
        "a name that sounds alike in one postcode, given or family",
        20,
        _either_and(lambda p: p.postcode),
        broad=True,
    ),
    BlockingRule("birth", "the same birth date", 20, _contacts_and(lambda p: p.birth), broad=True),
    BlockingRule("street", "the same street address", 12, _contacts_and(lambda p: p.street), broad=True),
    BlockingRule("family", "family names that sound alike", 12, _last_and(), broad=True),
    BlockingRule(
        "given_city", "the same given name in one town", 20, _first_and(lambda p: p.city), broad=True
    ),
    BlockingRule(
        "family_city",
        "family names that sound alike in one town",
        20,
        _last_and(lambda p: p.city),
        broad=True,
    ),
    BlockingRule(
        "given_birth_year",
        "the same given name born in one year",
        12,
        _first_and(lambda p: p.birth_year),
        broad=True,
    ),
    BlockingRule(
        "family_birth_year",
        "family names that sound alike born in one year",
        12,
        _last_and(lambda p: p.birth_year),
        broad=True,
    ),
    BlockingRule(
        "postcode_birth_year",
        "postcode and year of birth",
        12,
        _contacts_and(lambda p: p.postcode, lambda p: p.birth_year),
        broad=True,
    ),
    BlockingRule(
        "city_birth_year",
        "town and year of birth",
        12,
        _contacts_and(lambda p: p.city, lambda p: p.birth_year),
        broad=True,
    ),
    BlockingRule("domain", "the same domain of an organisation", 12, domains, broad=True),
    BlockingRule("letters_domain", "scrambled given name, family name, domain", 12, domain_and(_scrambled)),
    BlockingRule(
        "letters_city", "scrambled given name, family name, town", 12, _scrambled_in_town, broad=True
    ),
)
RULE_NAMES: tuple[str, ...] = tuple(rule.name for rule in RULES)

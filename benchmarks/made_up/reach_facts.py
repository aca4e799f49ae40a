"""Facts of mailboxes, lines and identifiers: who else holds them, and how they are written."""

from __future__ import annotations

from collections import Counter
from random import Random

import phonenumbers

from benchmarks.made_up.drawing import People, Row, RowFact
from benchmarks.made_up.row_facts import of_people
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.world import slug

FREE_MAIL = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com")
_TAGS = ("work", "news", "shop", "2", "crm", "newsletter")
_NEARLY = 0.2
"""The share of guessed addresses by the initial, `j.smith@`: their holders' names are but nearly one."""


def guessed_addresses(share: float) -> RowFact:
    """Addresses are guessed from names, `given.family@` a free-mail domain or a company's, until of the pairs
    of contacts that share an address so many are of two people. The others keep theirs.

    Raises ValueError where too few people bear one name.
    """

    def guess(rows: list[Row], people: People, rng: Random) -> None:
        held = _Holders(rows)
        rows_of: dict[str, list[Row]] = {}
        for row, person in of_people(rows, people):
            rows_of.setdefault(person.truth, []).append(row)
        domains = sorted({person.company.domain for person in people.values() if person.company})
        for address, holders in _namesakes(people, rng):
            if held.share >= share:
                return
            domain = rng.choice(FREE_MAIL if rng.random() < 0.5 else domains)
            for row in (row for person in holders for row in rows_of.get(person.truth, ())):
                held.change(row, f"{address}@{domain}")
        if held.share < share:
            raise ValueError(f"too few namesakes: {held.share:.2f} of pairs with one address, not {share}")

    return guess


def _namesakes(people: People, rng: Random) -> list[tuple[str, list[TruePerson]]]:
    """Groups of people whose guessed address is the same, each with it, in random order."""
    groups: dict[str, list[TruePerson]] = {}
    for person in people.values():
        given, family = slug(person.given.latin[0]), slug(person.family.latin[0])
        nearly = Random(family).random() < _NEARLY
        groups.setdefault(f"{given[:1] if nearly else given}.{family}", []).append(person)
    several = [(address, holders) for address, holders in groups.items() if len(holders) > 1]
    rng.shuffle(several)
    return several


class _Holders:
    """Whose contacts hold each address, and the pairs of contacts that follow."""

    def __init__(self, rows: list[Row]) -> None:
        self._of: dict[str, Counter[str]] = {}
        self._same = self._pairs = 0
        for row in rows:
            self._count(row, 1)

    @property
    def share(self) -> float:
        """Of pairs of contacts with one address, how many are two people's."""
        return 1 - self._same / self._pairs if self._pairs else 0.0

    def change(self, row: Row, address: str) -> None:
        self._count(row, -1)
        row["email"] = address
        self._count(row, 1)

    def _count(self, row: Row, step: int) -> None:
        for address in filter(None, row["email"].lower().split(";")):
            holders = self._of.setdefault(address, Counter())
            lower = min(step, 0)  # pairs with those who were there before, or are left
            self._pairs += step * (holders.total() + lower)
            self._same += step * (holders[row["truth_id"]] + lower)
            holders[row["truth_id"]] += step


def switchboards(rows: list[Row], people: People, _rng: Random) -> None:
    """A company's line stands in every row of its people: of half of the companies instead of their own."""
    for row, person in of_people(rows, people):
        if person.company:
            line = person.company.switchboard.e164
            row["phone"] = line if _alone(person.company.domain) else _also(row["phone"], line)


def info_mailboxes(rows: list[Row], people: People, _rng: Random) -> None:
    """A company's info@ stands in every row of its people: at half of the companies instead of their own."""
    for row, person in of_people(rows, people):
        if person.company:
            mailbox = f"info@{person.company.domain}"
            row["email"] = mailbox if _alone(person.company.domain) else _also(row["email"], mailbox)


def company_numbers(rows: list[Row], people: People, _rng: Random) -> None:
    """The customer number of the company stands in every row of its people."""
    for row, person in of_people(rows, people):
        if person.company:
            row["identifier"] = f"customer:K-{Random(person.company.domain).randrange(10_000, 100_000)}"


def _alone(domain: str) -> bool:
    return Random(domain).random() < 0.5


def _also(cell: str, value: str) -> str:
    return f"{cell};{value}" if cell else value


def without_country_codes(share: float) -> RowFact:
    """So many phones are written as at home, and their rows name the country or not as they did."""

    def write(rows: list[Row], _people: People, rng: Random) -> None:
        for row in rows:
            phones = filter(None, row["phone"].split(";"))
            row["phone"] = ";".join(_at_home(one) if rng.random() < share else one for one in phones)

    return write


def _at_home(phone: str) -> str:
    """The national form; a phone that is written without a country code already, or is none, stays."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def tags(rows: list[Row], people: People, rng: Random) -> None:
    """Mailboxes lie at domains that few know, half of them are written with a tag after `+`."""
    for row, person in of_people(rows, people):
        if row["email"]:
            domain = f"{slug(person.family.latin[0])}-{Random(person.truth).randrange(100):02}.net"
            local = person.emails[0].split("@")[0]
            tag = f"+{rng.choice(_TAGS)}" if rng.random() < 0.5 else ""
            row["email"] = f"{local}{tag}@{domain}"

"""Facts of rows: how names, dates and columns are filled and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from benchmarks.made_up.drawing import People, Row, RowFact
from dedupe.simulators.population.names import with_typo
from dedupe.simulators.population.people import TruePerson

FILLED = 0.85
"""The share of a sheet's cells that say something; chosen."""
NAMES_OF_NOBODY = (
    "Baby Boy",
    "Baby Girl",
    "Senor",
    "Mrs",
    "Test",
    "Household of {family}",
    "Family {family}",
    "{company}",
)
_STREETS = ("Mill Road", "Station Road", "Park Avenue", "High Street", "Industrial Way")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SPANISH = ["Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic"]
_NOISY = ("full_name", "street", "city", "postcode", "birth_date", "phone", "email", "company")


def of_people(rows: list[Row], people: People) -> Iterator[tuple[Row, TruePerson]]:
    for row in rows:
        if person := people.get(row["truth_id"]):
            yield row, person


def as_a_sheet(rows: list[Row], people: People, rng: Random) -> None:
    """Nearly every cell is filled, as in a sheet that somebody keeps: what is there stays, what is missing
    is the person's own."""
    for row, person in of_people(rows, people):
        home, year_month_day = person.home, "{:04d}-{:02d}-{:02d}".format(*person.birth)
        own = {
            "full_name": f"{person.given.latin[0]} {person.family.latin[0]}",
            "email": person.emails[0],
            "phone": person.mobile.e164,
            "company": person.company.name if person.company else "",
            "street": home.street,
            "city": home.city[0],
            "postcode": home.postcode,
            "region": home.region,
            "birth_date": year_month_day,
        }
        for name, value in own.items():
            if not row[name] and rng.random() < FILLED:
                row[name] = value
        row["country"] = row["country"] or person.country


def of_a_firm(rows: list[Row], people: People, _rng: Random) -> None:
    """A company's address, line and name stand in the rows of all its people, as in an accounting system."""
    for row, person in of_people(rows, people):
        if person.company:
            firm = Random(person.company.domain)
            city, *_ = person.home.city
            row |= {
                "company": person.company.name,
                "phone": person.company.switchboard.e164,
                "street": f"{firm.randrange(1, 200)} {firm.choice(_STREETS)}",
                "postcode": f"{firm.randrange(10_000, 99_999)}",
                "city": city,
            }


def in_one_town(rows: list[Row], _people: People, _rng: Random) -> None:
    """Everybody lives in one town, and no postcode is told."""
    for row in rows:
        row |= {"city": "Springfield", "postcode": "", "region": ""}


def dummy_dates(share: float) -> RowFact:
    """So many rows have the birth date that the form gives to those whose date nobody knows."""

    def write(rows: list[Row], _people: People, rng: Random) -> None:
        for row in rows:
            if rng.random() < share:
                row["birth_date"] = "1970-01-01"

    return write


def blank(*columns: str) -> RowFact:
    def clear(rows: list[Row], _people: People, _rng: Random) -> None:
        for row in rows:
            row.update(dict.fromkeys(columns, ""))

    return clear


def nobodys_names(share: float) -> RowFact:
    """So many rows have a name that is nobody's, or the company's."""

    def write(rows: list[Row], people: People, rng: Random) -> None:
        for row, person in of_people(rows, people):
            if rng.random() < share:
                company = person.company.name if person.company else "Customer"
                name = rng.choice(NAMES_OF_NOBODY)
                row["full_name"] = name.format(family=person.family.latin[0], company=company)

    return write


def generations_written(rows: list[Row], people: People, _rng: Random) -> None:
    """Sr. and Jr. stand in every name of those who bear them."""
    for row, person in of_people(rows, people):
        if person.suffix and row["full_name"] and person.suffix not in row["full_name"]:
            row["full_name"] += f" {person.suffix}"


def generations_left_out(rows: list[Row], people: People, _rng: Random) -> None:
    """Sr. and Jr. stand in no name."""
    for row, person in of_people(rows, people):
        if person.suffix:
            row["full_name"] = row["full_name"].removesuffix(f" {person.suffix}")


def four_names(rows: list[Row], people: People, _rng: Random) -> None:
    """Names are of four parts, of which namesakes have three in common: Ali Hassan Omar Nouri and Ali Hassan
    Tahar Nouri. The second follows from first and last, the third is the person's own."""
    for row, person in of_people(rows, people):
        given, family = person.given.latin[0], person.family.latin[0]
        names = person.culture.female if person.female else person.culture.male
        second = Random(f"{given} {family}").choice(names).latin[0]
        third = Random(person.truth).choice(person.culture.male).latin[0]
        row["full_name"] = f"{given} {second} {third} {family}" if row["full_name"] else ""


def born_before(years: int) -> RowFact:
    """Everybody was born so many years earlier, as in an archive."""

    def shift(rows: list[Row], _people: People, _rng: Random) -> None:
        for row in rows:
            if row["birth_date"]:
                year, month, day = row["birth_date"].split("-")
                row["birth_date"] = f"{int(year) - years:04d}-{month}-{day}"

    return shift


def perturbed(share: float, another_given: float) -> RowFact:
    """Every cell has a slip with probability `share`; given names are other people's with `another_given`."""

    def spoil(rows: list[Row], people: People, rng: Random) -> None:
        others = list(people.values())
        for row, person in of_people(rows, people):
            if rng.random() < another_given:
                row["full_name"] = f"{rng.choice(others).given.latin[0]} {person.family.latin[0]}"
            for name in _NOISY:
                if row[name] and rng.random() < share:
                    row[name] = _spoilt(name, row[name], rng.random)

    return spoil


def _spoilt(name: str, value: str, draw: Callable[[], float]) -> str:
    """A slip of letters in words, of a digit in numbers."""
    if name in ("full_name", "street", "city", "company", "email"):
        return with_typo(value, draw)
    digits = [place for place, mark in enumerate(value) if mark.isdigit()]
    place = digits[int(draw() * len(digits))] if digits else 0
    return f"{value[:place]}{int(draw() * 10)}{value[place + 1 :]}"


def dates_in_many_forms(rows: list[Row], _people: People, rng: Random) -> None:
    """Birth dates as people write them; numeric ones in the order of their source."""
    for row in rows:
        if row["birth_date"]:
            year, month, day = (int(part) for part in row["birth_date"].split("-"))
            row["birth_date"] = rng.choice(_forms(year, month, day, first=row["source"] < "m"))


def _forms(year: int, month: int, day: int, *, first: bool) -> tuple[str, ...]:
    """`first`: whether the day stands before the month."""
    if not 1 <= month <= 12:
        return (f"{year:04d}-{month:02d}-{day:02d}",)
    one, other = (day, month) if first else (month, day)
    short = f"{year % 100:02d}"
    return (
        f"{year:04d}-{month:02d}-{day:02d}",
        f"{day:02d}-{_MONTHS[month - 1]}-{short}",
        f"{day}/{_SPANISH[month - 1]}/{year}",
        f"{_MONTHS[month - 1]} {day}, {year}",
        f"{one:02d}/{other:02d}/{year}",
        f"{one}.{other}.{year}" if first else f"{one}/{other}/{short}",
        f"{year}{month:02d}{day:02d}",
    )

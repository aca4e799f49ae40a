"""Exports of products, made of their published columns and of invented people, and what must be read of them.

A sample in `exports/*.toml` names each column with its meaning:

    Column | field        a value of that field, which must be read as it
    Column | field2       a value of a second address or company, read only where the first is silent
    Column | given_name2  the name where the bill goes, read only where the row has no other
    Column | street+      a further line of the address
    Column | email;       two values with `;` between (`:::` as Google has it)
    Column | birth_date:us, birth_date:mm/dd
    Column | -email       an email that isn't the person's and must not be read; so -phone, -name, -id, -url …
    Column | =text        this text
    Column | .            an empty cell
    Column                some text that means nothing
"""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "exports"
PEOPLE = (
    ("Ann", "Marie", "Ash", "1980-05-04"),
    ("Jorge", "Luis", "Birkeland", "1975-11-23"),
    ("Zofia", "Ewa", "Cyprysek", "1991-02-08"),
)
NAMES = ("full", "given", "middle", "family", "prefix", "suffix", "nickname")
SINGLE = ("company", "job_title", "street", "city", "region", "postcode", "country", "birth")
ASIDE = ("external_id", "language", "time_zone")
_OWN_NAMES = ("full_name", "given_name", "family_name")
_SECOND_NAMES = ("given_name2", "family_name2")
_PLACES = {
    "street": ("Elm Row {n}", "Oak Way {n}"),
    "city": ("Springfield", "Riverton"),
    "region": ("Illinois", "Utah"),
    "postcode": ("6270{n}", "8406{n}"),
    "country": ("United States", "Canada"),
    "company": ("Ash and Sons", "Birch Works"),
}


@dataclass
class Sample:
    product: str
    columns: list[tuple[str, str]]
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass
class Person:
    """The cells of one row, and what must be read of them."""

    cells: list[str] = field(default_factory=list)
    expected: dict[str, Any] = field(default_factory=dict)


def samples() -> list[Sample]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for told in tomllib.loads(path.read_text("utf-8")).get("export", []):
            lines = [line for line in told["columns"].split("\n") if line.strip()]
            columns = [
                (name.strip(), to.strip()) for name, _, to in (line.partition(" | ") for line in lines)
            ]
            found.append(
                Sample(told["product"], columns, told.get("delimiter", ","), told.get("encoding", "utf-8"))
            )
    return found


def answers() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / "apis.toml").read_text("utf-8"))["answer"]
    return found


def people(sample: Sample) -> list[Person]:
    """Three invented people; the last has only the second address, and gaps where a cell means nothing."""
    return [_person(sample, number) for number in range(len(PEOPLE))]


def written(sample: Sample, rows: list[Person]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sample.delimiter)
    writer.writerow([name for name, _ in sample.columns])
    writer.writerows(person.cells for person in rows)
    return text.getvalue().encode(sample.encoding)


def _person(sample: Sample, number: int) -> Person:
    person = Person()
    seconds = {to[:-1] for _, to in sample.columns if to.endswith("2") and to[:-1] in _PLACES}
    renamed = number == 2 and any(to in _SECOND_NAMES for _, to in sample.columns)
    for place, (_, to) in enumerate(sample.columns):
        only_second = number == 2 and bool(seconds) and to in _PLACES and to != "company"
        person.cells.append(
            ""
            if only_second or (to == "street+" and number == 2) or (renamed and to in _OWN_NAMES)
            else _cell(to, number, place, person)
        )
    if number == 2:
        for to in seconds - {"company"}:
            person.expected[to] = _PLACES[to][1].format(n=number)
    return person


def _cell(to: str, number: int, place: int, person: Person) -> str:
    given, middle, family, birth = PEOPLE[number]
    year, month, day = birth.split("-")
    expected = person.expected
    if to == ".":
        return ""
    if to.startswith("="):
        return to[1:]
    if to.startswith("-"):
        return _others(to[1:], number, place)
    if to in ("email", "email;", "email:::"):
        values = [f"{given.lower()}.{place}@example.org"]
        if to != "email":
            values.append(f"{given.lower()}.{place}b@example.net")
        expected.setdefault("emails", []).extend(values)
        return " ::: ".join(values) if to == "email:::" else ";".join(values)
    if to in ("phone", "phone:::"):
        values = [f"+1 415 555 {number}{place:03}"]
        if to != "phone":
            values.append(f"+1 415 556 {number}{place:03}")
        expected.setdefault("phones", []).extend(values)
        return " ::: ".join(values)
    if to.startswith("identifier:"):
        expected.setdefault("identifiers", []).append(f"{to[11:]}:{given.lower()}-{place}")
        return f"{given.lower()}-{place}"
    if to in ("birth_year", "birth_month", "birth_day"):
        expected["birth"] = birth
        return {"birth_year": year, "birth_month": str(int(month)), "birth_day": str(int(day))}[to]
    if to.startswith("birth_date"):
        if (
            to == "birth_date:us" and number == 2
        ):  # what Outlook writes for none; normalizing takes it as silence
            expected["birth"] = "0/0/00"
            return "0/0/00"
        text = {"birth_date:us": f"{int(month)}/{int(day)}/{year}", "birth_date:mm/dd": f"{month}/{day}"}.get(
            to, birth
        )
        expected["birth"] = text
        return text
    if to == "street+":
        expected["street"] += f", Flat {number}"
        return f"Flat {number}"
    names = {
        "full_name": f"{given} {family}",
        "given_name": given,
        "middle_name": middle,
        "family_name": family,
        "prefix": "Dr",
        "suffix": "Jr",
        "nickname": f"{given}y",
    }
    if to in names:
        expected[to.removesuffix("_name")] = names[to]
        return names[to]
    if to.rstrip("2") in _PLACES:
        first = to in _PLACES
        text = _PLACES[to.rstrip("2")][0 if first else 1].format(n=number)
        if first:
            expected[to] = text
        return text
    if to in _SECOND_NAMES and number < 2:
        return f"Olga{place}"
    if to in _SECOND_NAMES:
        return _cell(to[:-1], number, place, person)
    if to == "record_id":
        expected["external_id"] = f"key-{number}"
        return f"key-{number}"
    if to == "job_title":
        expected[to] = "Buyer"
        return "Buyer"
    assert to == "", f"{to} means nothing"
    return "" if number == 2 else f"note {place}"


def _others(kind: str, number: int, place: int) -> str:
    """A value of somebody or something else."""
    return {
        "email": f"other.{place}@example.com",
        "phone": f"+1 415 557 {number}{place:03}",
        "name": f"Olga Other{place}",
        "id": f"id-{number}-{place}",
        "url": f"https://www.example.org/{number}/{place}",
        "date": "2025-03-01 10:00:00",
        "order": f"#10{number}",
        "text": f"thing {place}",
    }[kind]


def shown(row: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """A given contact in the words of `expected`; what is silent, and a key nobody asked for, is left out."""
    name = row["names"][0] if row["names"] else {}
    found: dict[str, Any] = {part: name.get(part) for part in NAMES}
    found |= {single: row[single] for single in SINGLE}
    found |= {aside: row[aside] for aside in ASIDE if aside in expected}
    found["emails"] = [one["given"] for one in row["emails"] or []]
    found["phones"] = [one["given"] for one in row["phones"] or []]
    found["identifiers"] = [f"{one['namespace']}:{one['given']}" for one in row["identifiers"] or []]
    return {part: value for part, value in found.items() if value}


def compared(expected: dict[str, Any], found: dict[str, Any]) -> tuple[int, list[str]]:
    """How many values were read right, and what is wrong in words: missing, or read and not to be."""
    right, wrong = 0, []
    for part in expected.keys() | found.keys():
        wanted, read = _listed(expected.get(part, [])), _listed(found.get(part, []))
        right += len(set(wanted) & set(read))
        wrong += [f"{part} missing: {one}" for one in wanted if one not in read]
        wrong += [f"{part} read: {one}" for one in read if one not in wanted]
    return right, wrong


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

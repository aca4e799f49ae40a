"""Normalized contacts for tests: say what matters, the rest is silent."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from dedupe import schemas

FREE = {"gmail.com", "yahoo.com"}
FORMAL = {
    "bill": ["bill", "william"],
    "will": ["will", "william"],
    "william": ["william"],
    "megan": ["margaret", "megan"],
    "daisy": ["daisy", "margaret"],
}


def contact(
    name: str | None = None,
    *,
    email: str | list[str] | None = None,
    phone: str | list[str] | None = None,
    identifier: str | None = None,
    company: str | None = None,
    street: str | None = None,
    city: str | None = None,
    postcode: str | None = None,
    birth: str | None = None,
    suffix: str | None = None,
    kind: str = "person",
    source: str = "crm",
) -> dict[str, Any]:
    """A row of CONTACTS; a name is "first middle last" already folded."""
    return {
        "source": source,
        "kind": kind,
        "names": [_name(name, suffix)] if name else [],
        "emails": [_email(one) for one in _several(email)],
        "phones": [_phone(one) for one in _several(phone)],
        "identifiers": [{"value": one, "unique": True, "keys": [one]} for one in _several(identifier)],
        "company": {"key": company} if company else None,
        "place": {"street_key": street, "city_key": city, "postcode_key": postcode},
        "birth": _birth(birth) if birth else None,
    }


def contacts(*rows: dict[str, Any]) -> pa.Table:
    numbered = [{**row, "contact": i, "external_id": f"{i:06}"} for i, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=schemas.CONTACTS)


def pairs(*rows: tuple[int, int]) -> pa.Table:
    left: list[Any] = [one for one, _ in rows]
    right: list[Any] = [other for _, other in rows]
    return pa.table({"left": pa.array(left, pa.int64()), "right": pa.array(right, pa.int64())})


def unrelated_people(people: int, start: int = 0) -> list[dict[str, Any]]:
    """People with nothing in common, so that counts and priors are those of a real file."""
    return [
        contact(
            f"{_word(i)} {_word(i * 7 + 3)}son",
            email=f"{_word(i)}.{i}@{_word(i * 3)}.org",
            phone=f"+1415{2000000 + i * 7919 % 7000000}",
            city=_word(i % 40),
            birth=f"19{50 + i % 50}-{i % 12 + 1:02}-{i % 28 + 1:02}",
        )
        for i in range(start, start + people)
    ]


def _word(number: int) -> str:
    syllables = [
        "ba",
        "ce",
        "di",
        "fo",
        "gu",
        "ha",
        "je",
        "ki",
        "lo",
        "mu",
        "na",
        "pe",
        "ri",
        "so",
        "tu",
        "va",
    ]
    word = ""
    number = number * 2654435761 % 65536
    for _ in range(4):
        word += syllables[number % 16]
        number //= 16
    return word


def _several(values: str | list[str] | None) -> list[str]:
    return [values] if isinstance(values, str) else values or []


def _name(name: str, suffix: str | None) -> dict[str, Any]:
    first, *rest = name.split()
    middle, last = " ".join(rest[:-1]) or None, rest[-1] if rest else None
    keys = [f"n:{formal} {last or ''}".rstrip() for formal in FORMAL.get(first, ())]
    parts = {"first": first, "middle": middle, "last": last, "suffix": suffix}
    return {"given": name, "keys": keys, **parts}


def _email(address: str) -> dict[str, Any]:
    local, _, domain = address.partition("@")
    marks = ["free"] if domain in FREE else []
    marks += ["role"] if local in {"info", "support"} else []
    folded = re.sub(r"[^a-z0-9]", "", local)
    return {
        "given": address,
        "value": address,
        "local": folded,
        "domain": domain,
        "keys": [address],
        "marks": marks,
    }


def _phone(number: str) -> dict[str, Any]:
    number, _, extension = number.partition("x")
    row = {"given": number, "value": number, "keys": [number, number[-7:]], "type": "mobile"}
    return {**row, "extension": extension or None}


def _birth(date: str) -> dict[str, Any]:
    year, month, day = (int(part) or None for part in date.split("-"))
    return {"year": year, "month": month, "day": day, "ambiguous": False}

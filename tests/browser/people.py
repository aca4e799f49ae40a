"""People for the browser: questions enough to decide ten, a golden contact of many, names of all scripts."""

from __future__ import annotations

from tests.house import Given, contact
from tests.review.deciding_house import DecidingHouse

_DOUBTFUL = [
    "Jonathan Marchetti",
    "Zebulon Whittaker",
    "Ottoline Fairweather",
    "Casimir Dombrowski",
    "Ludmila Petrosyan",
    "Thaddeus Blackwood",
    "Isaura Montenegro",
    "Wolfram Eschenbach",
    "Philippa Ravenscroft",
    "Anselm Hagedorn",
    "Clementine Duvivier",
    "Bartholomew Quigley",
]
MAILBOX = "anjali.yadav@example.com"
LONGEST = "Maximiliana-Theresia Freifrau von Hohenlohe-Waldenburg-Schillingsfürst zu Langenburg"


def doubtful() -> list[Given]:
    """Twelve people of one name each, whom nothing else tells to be one or two."""
    return [
        one
        for at, name in enumerate(_DOUBTFUL)
        for one in (
            contact(f"crm:q{at}", name=name, email=f"{name.split()[0].lower()}@example.org"),
            contact(f"mail:q{at}", name=name, email=f"{name.split()[1].lower()}@example.net"),
        )
    ]


def one_person() -> list[Given]:
    """Four source contacts of one mailbox, of which one may be somebody else."""
    phone = "+442079460018"
    return [
        contact("crm:1", name="Anjali Yadav", email=MAILBOX, phone=phone, day=1, company="Acme Ltd"),
        contact("mail:1", name="अंजलि यादव", email=MAILBOX, phone=phone, day=2),
        contact("shop:1", name="A. Yadav", email=MAILBOX, phone=phone, day=3, city="London"),
        contact("web:1", name="Anjali Yadav", email=MAILBOX, phone=phone, day=4),
    ]


def names_of_the_world() -> list[Given]:
    return [
        contact("crm:rtl", name="محمد عبد الرحمن الهاشمي", email="hashimi@example.org"),
        contact("mail:rtl", name="محمد عبد الرحمن الهاشمي", email="hashimi@example.org"),
        contact("crm:long", name=LONGEST, email="maximiliana.theresia.von.hohenlohe-waldenburg@example.org"),
        contact("mail:long", name=LONGEST, email="maximiliana.theresia.von.hohenlohe-waldenburg@example.org"),
    ]


def many(count: int) -> list[Given]:
    """One person in so many source contacts."""
    sources = ("crm", "mail", "shop", "web")
    return [
        contact(f"{sources[at % 4]}:m{at}", name="Rosalind Achterberg", email="ra@example.org")
        for at in range(count)
    ]


def collected(house: DecidingHouse, *given: Given) -> None:
    house.collected(*given)
    house.merges()

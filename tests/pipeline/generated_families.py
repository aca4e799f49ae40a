"""Generated families, namesakes and people written twice, with names of ten cultures.

The names are those of the simulators, of which the lists of `dedupe/name_lists` were not made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pyarrow as pa

from dedupe.normalizers.text import fold
from dedupe.simulators.population.data.cultures import CULTURES, Culture

TEN_CULTURES = (
    "english",
    "german",
    "french",
    "spanish",
    "portuguese",
    "italian",
    "polish",
    "turkish",
    "arabic",
    "indian",
)
TWO_PEOPLE = ("one initial", "family", "generations", "couple's card")
ONE_PERSON = ("slip", "initial")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Families:
    """A file of contacts and pairs of them: (kind, culture, left, right)."""

    rows: list[dict[str, str]] = field(default_factory=list)
    pairs: list[tuple[str, str, str, str]] = field(default_factory=list)

    def table(self) -> pa.Table:
        """The contacts in the columns of a file."""
        columns = ("record_id", "full_name", "email", "phone", "street", "city", "postcode")
        return pa.table(
            {name: pa.array([row.get(name) for row in self.rows], pa.string()) for name in columns}
        )

    def add(self, name: str, **values: str) -> str:
        """The record id of a new contact."""
        self.rows.append({"record_id": f"r{len(self.rows):05}", "full_name": name, **values})
        return self.rows[-1]["record_id"]


def families(seed: int, each: int) -> Families:
    """So many pairs of each kind and culture, and a contact of somebody else beside each."""
    rng, found = random.Random(seed), Families()
    for culture in TEN_CULTURES:
        drawn = _Drawn(rng, CULTURES[culture])
        for kind in (*TWO_PEOPLE, *ONE_PERSON):
            for _ in range(each):
                left, right = drawn.pair(kind, found)
                found.pairs.append((kind, culture, left, right))
                found.add(f"{drawn.given()} {drawn.family()}", **drawn.shared())
    return found


class _Drawn:
    def __init__(self, rng: random.Random, culture: Culture) -> None:
        self.rng = rng
        self.givens = sorted({one.latin[0] for one in (*culture.female, *culture.male)})
        self.families = sorted({one.latin[0] for one in culture.families})
        self.of_initial: dict[str, list[str]] = {}
        for given in self.givens:
            self.of_initial.setdefault(fold(given)[:1], []).append(given)

    def pair(self, kind: str, found: Families) -> tuple[str, str]:
        """The record ids of two contacts that share a mailbox, a line or both."""
        family, shared = self.family(), self.shared()
        one, other = self.two(kind)
        if kind == "couple's card":
            mine, others = self.shared(), self.shared()
            card = {**mine, "email": f"{mine['email']}; {others['email']}"}
            found.add(f"{one} & {other} {family}", **card)
            return found.add(f"{one} {family}", **mine), found.add(f"{other} {family}", **others)
        ends = (" Sr", " Jr") if kind == "generations" else ("", "")
        return tuple(  # type: ignore[return-value]
            found.add(f"{given} {family}{end}", **shared)
            for given, end in zip((one, other), ends, strict=True)
        )

    def two(self, kind: str) -> tuple[str, str]:
        """Two given names: of two people, or one in two spellings."""
        if kind == "one initial":
            several = [names for names in self.of_initial.values() if len(names) > 1]
            one, other = self.rng.sample(self.rng.choice(several), 2)
            return one, other
        one, other = self.rng.sample(self.givens, 2)
        if kind == "slip":
            other = self.slip(one)
        return one, {"generations": one, "initial": f"{one[0]}."}.get(kind, other)

    def slip(self, given: str) -> str:
        """The name with a letter doubled or two exchanged."""
        place = self.rng.randrange(1, len(given) - 1)
        if self.rng.random() < 0.5:
            return given[:place] + given[place] + given[place:]
        return given[:place] + given[place + 1] + given[place] + given[place + 2 :]

    def given(self) -> str:
        return self.rng.choice(self.givens)

    def family(self) -> str:
        return self.rng.choice(self.families)

    def shared(self) -> dict[str, str]:
        rng = self.rng
        mailbox = "".join(rng.choices(_LETTERS, k=9))
        values = {
            "email": f"{mailbox}@gmail.com",
            "phone": f"+1 415 {rng.randrange(200, 999)} {rng.randrange(1000, 9999)}",
            "street": f"{rng.randrange(1, 300)} {rng.choice(['Oak', 'Mill', 'Park', 'Hill'])} Street",
            "city": rng.choice(["Salem", "Dover", "Milton", "Clinton"]),
            "postcode": str(rng.randrange(10_000, 99_999)),
        }
        return values if rng.random() < 0.5 else {**values, "phone": ""}

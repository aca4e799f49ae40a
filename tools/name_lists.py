"""Distils the lists of `dedupe/name_lists/data/` from name statistics of several countries.

python -m tools.name_lists FOLDER     reads FOLDER/given/*.csv and FOLDER/family/*.csv

Each file has the columns `place, name, sex, count` (`sex`: m, f or nothing). Decision 115 says where each is
from and how it was brought into this form. A name's share is its count among all of its place; the list keeps
the greatest share of all places, so that a name is as usual as it is at home, and small countries count as
much as large ones.
"""

import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dedupe.normalizers.text import fold

LISTS = Path(__file__).parents[1] / "dedupe" / "name_lists" / "data"
RAREST = {"given": 19, "family": 15}
"""Names are kept down to a share of 2^-RAREST: as many as fit into some 600 kB. Chosen."""
FEWEST = 3  # bearers in its place: fewer may be one official's slip (chosen)
ONE_SEX = 0.95  # of the bearers, from which a name is of one sex (chosen)


class Bearers(NamedTuple):
    place: str
    name: str
    sex: str
    number: int


def bearers(files: Iterable[Path]) -> Iterator[Bearers]:
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                if int(row["count"]) >= FEWEST:
                    yield Bearers(
                        f"{file.stem} {row['place']}", fold(row["name"]), row["sex"], int(row["count"])
                    )


def shares(found: Iterable[Bearers]) -> dict[str, dict[str, dict[str, float]]]:
    """The share of each name of one word: by name, place and sex."""
    counted: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    totals: dict[str, int] = defaultdict(int)
    for one in found:
        totals[one.place] += one.number
        if len(one.name) > 1 and one.name.isalpha():
            counted[one.name][one.place][one.sex] += one.number
    return {
        name: {
            place: {sex: count / totals[place] for sex, count in by_sex.items()}
            for place, by_sex in places.items()
        }
        for name, places in counted.items()
    }


def sex_of(places: dict[str, dict[str, float]]) -> str:
    """`m` or `f` where nearly all bearers are of one sex, all places counting alike; else `u`."""
    summed = {sex: sum(by_sex.get(sex, 0.0) for by_sex in places.values()) for sex in "mf"}
    told = sum(summed.values())
    return next((sex for sex in "mf" if told and summed[sex] >= ONE_SEX * told), "u")


def lines(kind: str, found: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """A line for each rarity in bits and sex: both, then the names, sorted."""
    grouped: dict[tuple[int, str], list[str]] = defaultdict(list)
    for name, places in found.items():
        share = max(sum(by_sex.values()) for by_sex in places.values())
        bits = round(-math.log2(share))
        if bits <= RAREST[kind]:
            grouped[bits, sex_of(places) if kind == "given" else "u"].append(name)
    return [f"{bits} {sex} {' '.join(sorted(names))}" for (bits, sex), names in sorted(grouped.items())]


def main() -> None:
    for kind in RAREST:
        target = LISTS / f"{kind}_names.txt"
        head = [line for line in target.read_text("utf-8").splitlines() if line.startswith("#")]
        found = shares(bearers(sorted(Path(sys.argv[1], kind).glob("*.csv"))))
        target.write_text("\n".join([*head, *lines(kind, found)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Whether probabilities mean what they say, on data that the model was not made from:

    python -m benchmarks.calibration --data DIR [--model auto|default|FILE] [--images docs/images]

Pairs at or above the review threshold are put into bands of the probability that is said of them; beside each
band stands the share that is really one person's, with its 95 % interval (Wilson). Links are told apart.
Beneath stands the Brier score beside its floor, saying the average of every pair, and beside what is said
of each band put right by the truth: what lies between those two is lost to calibration.
Populations have seeds and proportions that `ship_model` never saw.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.plots import reliability_chart
from benchmarks.ship_model import CALIBRATED_ON, LEARNED_ON
from benchmarks.subjects import TRUTH, Subject, subjects
from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.config import Settings
from dedupe.pipeline.record_linkage import match_prepared
from dedupe.wiring.files import AUTO, NOBODY, modelled

BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
SUBJECTS = ("population-30k", "population-10k")
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Scored pairs of a subject: what is said, what is so, and which are links."""

    said: Floats
    right: Flags
    link: Flags


@dataclass(frozen=True)
class Band:
    """`said` is the mean of what is said; `low` and `high` bound the share that is right."""

    lower: float
    upper: float
    pairs: int
    said: float
    right: float
    low: float
    high: float


def bands(said: Floats, right: Flags) -> list[Band]:
    """The bands that hold any pairs; the last one holds its upper end."""
    place = np.clip(np.searchsorted(BANDS, said, side="right") - 1, 0, len(BANDS) - 2)
    found = []
    for number in np.unique(place).tolist():
        here = place == number
        count, good = int(here.sum()), int(right[here].sum())
        mean = float(said[here].mean())
        found.append(Band(BANDS[number], BANDS[number + 1], count, mean, good / count, *wilson(good, count)))
    return found


def wilson(good: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Bounds of a share (Wilson, 1927), which hold near 0 and 1 too."""
    share, spread = good / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    reach = z * math.sqrt(share * (1 - share) / count + spread / 4 / count) / (1 + spread)
    return max(centre - reach, 0.0), min(centre + reach, 1.0)


@dataclass(frozen=True)
class Brier:
    """Mean squared errors: of what is said, of the average said of all, and of each band's right share."""

    said: float
    average: float
    put_right: float


def brier(said: Floats, right: Flags) -> Brier:
    place = np.searchsorted(BANDS, said, side="right")
    shares = np.bincount(place, weights=right) / np.maximum(np.bincount(place), 1)
    errors = (said - right, right.mean() - right, shares[place] - right)
    return Brier(*(float((error**2).mean()) for error in errors))


def judged(subject: Subject, model: str) -> Judged:
    file = subject.normalized()
    truth = file.people(TRUTH)
    ready = modelled(file, model, Settings())
    matching = match_prepared(ready.prepared, ready.model, NOBODY, NOBODY, ready.engine)
    left, right = pairs_of(matching.scored)
    weight = integers(matching.scored.column("weight"))
    said = ready.model.calibration.probability(weight.astype(np.int32))
    cluster = integers(matching.clusters.column("cluster"))
    link = (weight >= ready.model.link) & (cluster[left] == cluster[right])
    return Judged(said, truth[left] == truth[right], link)


def together(parts: Sequence[Judged]) -> Judged:
    columns = ((part.said, part.right, part.link) for part in parts)
    said, right, link = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Judged(said, right, link)


def tell(title: str, found: list[Band]) -> None:
    print(f"\n{title}\n  said            pairs   mean said  really right   95 % interval")
    for band in found:
        inside = "" if band.low <= band.said <= band.high else "   outside"
        shares = f"{band.said:9.4f}  {band.right:12.4f}   {band.low:.4f}–{band.high:.4f}"
        print(f"  {band.lower:5.3f}–{band.upper:5.3f} {band.pairs:9,d}   {shares}{inside}", flush=True)


def tell_brier(found: Brier) -> None:
    share = found.said / found.average if found.average else float("nan")
    print(
        f"  Brier score {found.said:.4f}, {share:.2f} of that of saying the average ({found.average:.4f}); "
        f"with each band put right {found.put_right:.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of labelled CSV files (truth_id)")
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks"), help="generated populations")
    parser.add_argument("--model", default=AUTO, help="auto, default or a model file")
    parser.add_argument("--only", nargs="+", default=None, metavar="NAME", help="by the start of their names")
    parser.add_argument("--images", type=Path, help="write calibration.svg into this folder")
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    print(f"the shipped model was learned on seed {LEARNED_ON} and calibrated on seeds {CALIBRATED_ON}")
    populations: list[Judged] = []
    files: list[Judged] = []
    for subject in subjects(chosen.data, chosen.cache):
        wanted = not subject.profile or subject.name.startswith(SUBJECTS)
        if chosen.only:
            wanted = subject.name.startswith(tuple(chosen.only))
        if subject.identifiers or not wanted:
            continue
        found = judged(subject, chosen.model)
        (populations if subject.profile else files).append(found)
        if len(found.said):
            tell(f"{subject.name} {subject.profile}: pairs from review up", bands(found.said, found.right))
    groups = {"populations": populations, "labelled files": files}
    charts = {}
    for name, parts in groups.items():
        if parts:
            whole = together(parts)
            charts[name] = bands(whole.said, whole.right)
            tell(f"All {name}: pairs from review up", charts[name])
            tell_brier(brier(whole.said, whole.right))
            tell(f"All {name}: links", bands(whole.said[whole.link], whole.right[whole.link]))
    if chosen.images:
        chosen.images.mkdir(parents=True, exist_ok=True)
        rows = {name: [vars(band) for band in found] for name, found in charts.items()}
        (chosen.images / "calibration.svg").write_text(reliability_chart(rows), encoding="utf-8")


if __name__ == "__main__":
    main()

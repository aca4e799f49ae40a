"""What each mechanism gains by itself, in one command:

    python -m benchmarks.points [--cache DIR] [--page docs/points.md]

A population of 30,000 contacts, and for each mechanism a made-up file in which it matters, are matched as
`dedupe match` does it by itself: with everything on, and with that mechanism switched off
(`benchmarks.mechanisms`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.calibration import wilson
from benchmarks.made_up.catalogue import PEOPLE, SEED, made_up
from benchmarks.mechanisms import EVERYTHING, MECHANISMS, NOT_SWITCHED, Mechanism
from benchmarks.subjects import TRUTH, Subject, subjects
from dedupe.clustering.metrics import Figures, figures
from dedupe.config import Settings
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.pipeline.linkage_inputs import prepare_features
from dedupe.pipeline.record_linkage import MatchSettings, learn, match_prepared, within_budget
from dedupe.wiring import rooms
from dedupe.wiring.files import NOBODY, NormalizedFile

POPULATION = "population-30k-fresh"
_HEAD = """# What each mechanism gains by itself

Made by `python -m benchmarks.points --page docs/points.md`. The population of {people} and made-up files of
{seed} ([made-up files](made-up.md)), matched as `dedupe match` does it by itself: with all
mechanisms on, and with one of them off. *Wrong merges*: of the golden contacts of two and more source
contacts the share that holds two people, with its 95 % interval (Wilson). What guards the budget gains
precision, what is evidence gains recall. Points are those of the issue on accuracy.

| point | what is off | file | precision | recall | F1 | wrong merges |
|---|---|---|---|---|---|---|
"""
_FOOT = """
Not switched off, because no seam of the product has them apart:

{listed}
"""


class Row(NamedTuple):
    mechanism: Mechanism
    file: str
    found: Figures


def measured(file: NormalizedFile, off: Mechanism) -> Figures:
    """Figures of the file against its truth, matched with a mechanism switched off."""
    engine, how = rooms.engine(Settings()), MatchSettings()
    prepared = off.prepared(prepare_features(off.features(build_features(file.contacts)), engine))
    model = off.start(default_model())
    if off.trains:
        learned = learn(prepared, model, how, engine)
        model = off.found(learned.model)
        if model is not learned.model:
            model = within_budget(prepared, model, how, engine).model
    matching = match_prepared(prepared, model, NOBODY, NOBODY, engine)
    return figures(file.people(TRUTH), matching.clusters["cluster"].to_numpy())


def rows(files: dict[str, Subject]) -> Iterator[Row]:
    """By file: everything on, then each mechanism that matters in it off; in the population all of them."""
    for name, subject in files.items():
        file = subject.normalized()
        for each in (EVERYTHING, *MECHANISMS):
            if each is EVERYTHING or name in (POPULATION, each.file):
                yield Row(each, name, measured(file, each))


def wanted(cache_of_populations: Path, people: int) -> dict[str, Subject]:
    drawn = subjects(None, cache_of_populations)
    files = {one.name: one for one in drawn if one.name == POPULATION and not one.identifiers}
    named = {each.file for each in MECHANISMS}
    return files | {one.name: one for one in made_up(people) if one.name in named}


def line(row: Row) -> str:
    found = row.found
    merges = found.linked_clusters
    low, high = wilson(found.wrong_clusters, merges) if merges else (0.0, 1.0)
    good = (f"{share:.4f}" for share in (found.precision, found.recall, found.f1))
    wrong = f"{found.share_of_wrong_merges:.4f} ({low:.4f}–{high:.4f})"
    return f"| {' | '.join((row.mechanism.point, row.mechanism.off, row.file, *good, wrong))} |"


def page(told: list[str], population: Subject) -> str:
    head = _HEAD.format(people=population.profile, seed=f"{PEOPLE:,} people, seed {SEED}")
    listed = "\n".join(f"- {each}" for each in NOT_SWITCHED)
    return head + "\n".join(told) + "\n" + _FOOT.format(listed=listed)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks"), help="generated populations")
    parser.add_argument("--people", type=int, default=PEOPLE, help="of the made-up files")
    parser.add_argument("--page", type=Path, help="write the table as Markdown, as docs/points.md")
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    files, told = wanted(chosen.cache, chosen.people), []
    for row in rows(files):
        told.append(line(row))
        print(told[-1], flush=True)
    if chosen.page:
        chosen.page.write_text(page(told, files[POPULATION]), encoding="utf-8")


if __name__ == "__main__":
    main()

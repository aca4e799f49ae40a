"""Matching on generated files in which one fact of the world is switched on at a time, in one command:

    python -m benchmarks.made_up [--only contacts-guessed …] [--people N] [--other-names]
                                 [--by-evidence] [--peers] [--page FILE] [--write DIR]

Each file is matched as `dedupe match` does it by itself: `--model auto`, default thresholds. Wrong merges are
the share of golden contacts of several source contacts that hold two people: found, with its 95 % interval
(Wilson), beside what training chose its thresholds for and what a night expects; `--by-evidence` tells them
by what the golden contacts rest on. With `--peers` the same figures of Splink (best of four configurations
and of all thresholds, by the truth) and of GoldenMatch (zero configuration) stand beneath. `--write` writes
the files instead, as CSV and Parquet: `dedupe evaluate DIR/x.csv --truth truth_id` measures one by itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.made_up.catalogue import PEOPLE, RECIPES, SEED, in_names_of, made_up
from benchmarks.made_up.measuring import Outcome, outcome, peers
from benchmarks.made_up.other_names import other_cultures
from benchmarks.made_up.table import HEAD, evidence_line, line, page, peer_line
from benchmarks.subjects import IDENTIFIER, Subject


def write(subject: Subject, folder: Path) -> None:
    """The file as it is measured, as CSV and as Parquet; its truth is the column `truth_id`."""
    folder.mkdir(parents=True, exist_ok=True)
    table = subject.table()
    if not subject.identifiers:
        table = table.drop_columns([IDENTIFIER])
    pyarrow.csv.write_csv(table, folder / f"{subject.name}.csv")
    pq.write_table(table, folder / f"{subject.name}.parquet")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="files by the start of their names")
    parser.add_argument("--people", type=int, default=PEOPLE, help="two contacts each, about")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--other-names", action="store_true", help="of Faker's locales, not the simulator's")
    parser.add_argument("--by-evidence", action="store_true", help="what the golden contacts rest on")
    parser.add_argument("--peers", action="store_true", help="Splink and GoldenMatch beside ours")
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks"), help="the peers' environments")
    parser.add_argument("--page", type=Path, help="write the table as Markdown, as docs/made-up.md")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the files instead of matching them")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    recipes = in_names_of(other_cultures(chosen.cache)) if chosen.other_names else RECIPES
    wanted = [
        subject
        for subject in made_up(chosen.people, chosen.seed, recipes)
        if not chosen.only or subject.name.startswith(tuple(chosen.only))
    ]
    if chosen.write:
        for subject in wanted:
            write(subject, chosen.write)
        return
    rows = []
    print(HEAD)
    for subject in wanted:
        found = outcome(subject)
        rows.append((subject, found))
        print(line(subject.name, found), flush=True)
        tell_more(subject, found, chosen)
    if chosen.page:
        names = " --other-names" if chosen.other_names else ""
        command = f"python -m benchmarks.made_up --people {chosen.people} --seed {chosen.seed}{names}"
        chosen.page.write_text(page(command, rows), encoding="utf-8")


def tell_more(subject: Subject, found: Outcome, chosen: argparse.Namespace) -> None:
    if chosen.by_evidence:
        for group in found.by_evidence:
            print(evidence_line(group))
    if chosen.peers:
        for name, theirs in peers(subject, chosen.cache):
            print(peer_line(name, theirs), flush=True)


if __name__ == "__main__":
    main()

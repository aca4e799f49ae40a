"""Matching on generated files in which one fact of the world is switched on at a time, in one command:

    python -m benchmarks.made_up [--only contacts-guessed …] [--people N] [--by-evidence] [--peers]
                                 [--write DIR]

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

from benchmarks.calibration import wilson
from benchmarks.made_up.catalogue import PEOPLE, SEED, made_up
from benchmarks.made_up.measuring import Outcome, Share, outcome, peers
from benchmarks.rivals import Found
from benchmarks.subjects import Subject
from dedupe.pipeline.expected_merges import MergesOfKind

_HEAD = (
    f"{'file':20} {'contacts':>8} {'pairs':>7}  precision  recall      F1  "
    f"{'wrong merges found':26} {'trained for':24} expected"
)


def line(name: str, found: Outcome) -> str:
    known = found.figures
    merges = known.linked_clusters
    low, high = wilson(known.wrong_clusters, merges) if merges else (0.0, 1.0)
    shares = f"{known.precision:9.4f}  {known.recall:6.4f}  {known.f1:6.4f}"
    wrong = _share((known.share_of_wrong_merges, low, high))
    trained = _share(found.trained_for) if found.trained_for else "nothing learned"
    expected = _share(found.expected)
    return (
        f"{name:20} {known.contacts:8,} {known.true_pairs:7,}  {shares}  {wrong:26} {trained:24} {expected}"
    )


def evidence_line(group: MergesOfKind) -> str:
    wrong = f"{group.expected_wrong:6.1f} expected wrong, {group.found_wrong:4,} found"
    return f"  {group.kind:35}  {group.golden_contacts:6,} golden contacts, {wrong}"


def peer_line(name: str, found: Found) -> str:
    shares = f"{found['precision']:9.4f}  {found['recall']:6.4f}  {found['f1']:6.4f}"
    seconds = f"{found['seconds']:.1f} s"
    return f"  {name:35}  {shares}  {found['share_of_wrong_merges']:<26.4f} {seconds}"


def _share(share: Share) -> str:
    at, low, high = share
    return f"{at:.4f} ({low:.4f}–{high:.4f})"


def write(subject: Subject, folder: Path) -> None:
    """The file as CSV and as Parquet; its truth is the column `truth_id`."""
    folder.mkdir(parents=True, exist_ok=True)
    table = subject.table()
    pyarrow.csv.write_csv(table, folder / f"{subject.name}.csv")
    pq.write_table(table, folder / f"{subject.name}.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="files by the start of their names")
    parser.add_argument("--people", type=int, default=PEOPLE, help="two contacts each, about")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--by-evidence", action="store_true", help="what the golden contacts rest on")
    parser.add_argument("--peers", action="store_true", help="Splink and GoldenMatch beside ours")
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks"), help="the peers' environments")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the files instead of matching them")
    chosen = parser.parse_args()
    wanted = [
        subject
        for subject in made_up(chosen.people, chosen.seed)
        if not chosen.only or subject.name.startswith(tuple(chosen.only))
    ]
    if not chosen.write:
        print(_HEAD)
    for subject in wanted:
        if chosen.write:
            write(subject, chosen.write)
        else:
            found = outcome(subject)
            print(line(subject.title, found), flush=True)
            for group in found.by_evidence if chosen.by_evidence else ():
                print(evidence_line(group))
            for name, theirs in peers(subject, chosen.cache) if chosen.peers else ():
                print(peer_line(name, theirs), flush=True)


if __name__ == "__main__":
    main()

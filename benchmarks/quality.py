"""How good matching is, beside its peers, in one command:

    python -m benchmarks.quality --data DIR [--only population-10k …] [--skip Splink ceiling …]

Every labelled file of DIR and generated populations, without identifiers and with. Ours is `auto` at default
thresholds; beside it the floor of exact keys, Splink's best F1, GoldenMatch by its own configuration and the
ceiling of a classifier trained on the truth. Results are kept as JSON in the cache, stamped with the code
that made them, so that a long run can go in pieces; what is out of date is measured anew (peers: not with
`--keep-peers`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks import readme_table, rivals
from benchmarks.budgets import at_budgets
from benchmarks.page import page
from benchmarks.plots import quality_chart
from benchmarks.rivals import Found
from benchmarks.subjects import TRUTH, Subject, subjects
from dedupe.arrays.units import BIT
from dedupe.config import Settings
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.record_linkage import match_prepared
from dedupe.wiring.files import AUTO, NOBODY, NormalizedFile, modelled

ROOT = Path(__file__).parent.parent
LINKS_TRIED = range(-1, 10)
OURS, FLOOR, SPLINK, GOLDENMATCH, CEILING = "ours", "exact keys", "Splink", "GoldenMatch", "ceiling"
SYSTEMS = (OURS, FLOOR, SPLINK, GOLDENMATCH, CEILING)
PEERS = (SPLINK, GOLDENMATCH, CEILING)
GOLDENMATCH_UP_TO = 200_000
"""Contacts; measured here: 100,000 take a minute and a half, and from there on it refuses its own choice."""
_MADE_BY = {
    OURS: (
        *(f"dedupe/{room}" for room in ("normalizers", "matching", "clustering", "pipeline")),
        "benchmarks/quality.py",
        "benchmarks/budgets.py",
    ),
    FLOOR: ("dedupe/normalizers",),
    SPLINK: ("dedupe/normalizers", "benchmarks/peers.py", "benchmarks/rivals.py"),
    GOLDENMATCH: ("dedupe/normalizers", "benchmarks/peers.py", "benchmarks/rivals.py"),
    CEILING: ("dedupe/normalizers", "dedupe/matching", "benchmarks/peers.py", "benchmarks/rivals.py"),
}


def stamp(system: str) -> str:
    """Of the code that a system's figures come from."""
    digest = hashlib.sha256(version("pyarrow").encode())
    for name in _MADE_BY[system]:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.*")):
            if "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class Cache:
    """`<folder>/<subject>.json`: a dict of system → figures."""

    def __init__(self, folder: Path, keep_peers: bool) -> None:
        self._folder, self._keep_peers = folder, keep_peers
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, title: str, system: str) -> Found | None:
        """What is known and made by today's code."""
        found: Found | None = self.read(title).get(system)
        kept = self._keep_peers and system in PEERS
        return found if found and (kept or found["stamp"] == stamp(system)) else None

    def read(self, title: str) -> Found:
        path = self._path(title)
        found: Found = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def put(self, title: str, system: str, found: Found) -> None:
        content = {**self.read(title), system: {**found, "stamp": stamp(system)}}
        self._path(title).write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _path(self, title: str) -> Path:
        return self._folder / f"{title.replace(' ', '-')}.json"


def measure(subject: Subject, systems: list[str], cache: Cache, folder: Path) -> Iterator[str]:
    """Measures what the cache lacks of a subject; tells each system when it is done. The peers' environments
    are in `folder`."""
    wanted = [system for system in systems if cache.get(subject.title, system) is None]
    if not wanted:
        return
    started = time.perf_counter()
    file = subject.normalized()
    normalizing, truth = time.perf_counter() - started, file.people(TRUTH)
    for system in wanted:
        if system == OURS:
            found = ours(file, normalizing)
        elif system == FLOOR:
            found = rivals.exact_keys(file.contacts, truth)
        elif system == SPLINK:
            found = splinks(subject, file, truth, cache, rivals.peers_python(folder / "peers"))
        elif system == GOLDENMATCH:
            if len(file.contacts) > GOLDENMATCH_UP_TO:
                print(f"  {system}: not run on more than {GOLDENMATCH_UP_TO:,} contacts")
                continue
            python = rivals.peers_python(folder / "goldenmatch", rivals.GOLDENMATCH)
            found = rivals.goldenmatch(file.contacts, truth, python)
        else:
            ready = modelled(file, AUTO, Settings())
            python = rivals.peers_python(folder / "peers")
            found = rivals.ceiling(ready.prepared, ready.model, truth, python)
        cache.put(subject.title, system, {**found, "profile": subject.profile})
        yield system


def ours(file: NormalizedFile, normalizing: float) -> Found:
    """At `--model auto` and default thresholds; the same at several budgets of wrong merges; and the best
    recall of link thresholds of whole bits at which precision is still high, which tells how good the order
    of the pairs is, whatever the budget."""
    started = time.perf_counter()
    ready = modelled(file, AUTO, Settings())
    truth = file.people(TRUTH)

    def at(model: MatchModel) -> Found:
        matching = match_prepared(ready.prepared, model, NOBODY, NOBODY, ready.engine)
        return rivals.measured(truth, matching.clusters["cluster"].to_numpy())

    found = at(ready.model)
    seconds = time.perf_counter() - started
    links = (bit * BIT for bit in LINKS_TRIED)
    tried = (at(ready.model.with_thresholds(link, min(link, ready.model.review))) for link in links)
    precise = max(
        (one["recall"] for one in (found, *tried) if one["precision"] >= rivals.PRECISE), default=0.0
    )
    return {
        **found,
        f"recall_at_precision_{rivals.PRECISE}": precise,
        "seconds": round(seconds, 1),
        "normalizing": round(normalizing, 1),
        "budgets": at_budgets(ready.prepared, truth),
    }


def splinks(
    subject: Subject, file: NormalizedFile, truth: rivals.Labels, cache: Cache, python: Path
) -> Found:
    """Splink at its best; each configuration is kept, so that a long run may be broken off."""
    tries = {}
    for configuration in rivals.SPLINKS:
        title = f"{subject.title} {configuration}"
        found = cache.get(title, SPLINK)
        if found is None:
            found = rivals.splink(file.contacts, truth, python, configuration)
            cache.put(title, SPLINK, found)
        tries[configuration] = found
    return rivals.best_of(tries)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of labelled CSV files (truth_id)")
    parser.add_argument("--cache", type=Path, default=ROOT / ".benchmarks", help="results and populations")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="subjects by the start of their names")
    parser.add_argument("--no-identifiers", action="store_true", help="only without identifiers")
    parser.add_argument("--skip", nargs="+", choices=SYSTEMS, default=[], help="systems not to measure")
    parser.add_argument("--keep-peers", action="store_true", help="peers' figures of older code are good")
    parser.add_argument("--page", type=Path, help="write the table as Markdown, as docs/quality.md")
    parser.add_argument("--images", type=Path, help="write the plots into this folder, as docs/images")
    parser.add_argument("--readme", type=Path, help="write the tables anew between the marks of this page")
    chosen = parser.parse_args()
    cache = Cache(chosen.cache, chosen.keep_peers)
    systems = [system for system in SYSTEMS if system not in chosen.skip]
    every = list(subjects(chosen.data, chosen.cache))
    if chosen.data is None:
        print("without --data DIR: populations only")
    for subject in every:
        skipped_too = subject.identifiers and chosen.no_identifiers
        if not skipped_too and (not chosen.only or subject.name.startswith(tuple(chosen.only))):
            print(f"{subject.title}{': ' + subject.profile if subject.profile else ''}", flush=True)
            for system in measure(subject, systems, cache, chosen.cache):
                show(system, cache.read(subject.title)[system])
    rows = [(subject, cache.read(subject.title)) for subject in every]
    text = page([(subject, marked(found)) for subject, found in rows if found])
    print(text)
    if chosen.page:
        chosen.page.write_text(text, encoding="utf-8")
    if chosen.readme:
        readme_table.update(chosen.readme, [(subject, marked(found)) for subject, found in rows if found])
    if chosen.images:
        chosen.images.mkdir(parents=True, exist_ok=True)
        plain = [(subject.name, found) for subject, found in rows if found and not subject.identifiers]
        (chosen.images / "quality.svg").write_text(quality_chart(plain), encoding="utf-8")


def marked(found: Found) -> Found:
    """In one order, whatever was measured when; systems measured with other code than today's get a star."""
    return {
        system + "*" * (found[system]["stamp"] != stamp(system)): found[system]
        for system in SYSTEMS
        if system in found
    }


def show(system: str, found: Found) -> None:
    shares = "  ".join(f"{found[name]:.4f}" for name in ("precision", "recall", "f1", "bcubed_f1"))
    wrong, largest = found["share_of_wrong_merges"], found["largest"]
    took = f"  {found['seconds']:.1f} s" if "seconds" in found else ""
    print(f"  {system:11} {shares}  wrong merges {wrong:.4f}  largest {largest}{took}", flush=True)


if __name__ == "__main__":
    print(f"Python {platform.python_version()}, {platform.machine()}")
    main()

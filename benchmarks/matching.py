"""Quality and speed of matching, side by side with peers: `python -m benchmarks.matching --data DIR`.

For each labelled file of DIR and for generated populations: ours at `auto` and at the shipped model, the
floor of exact keys (same email, phone or identifier), and with `--peers` Splink's best F1 over thresholds and
the ceiling of a gradient-boosted classifier trained on the truth. Peers live in an environment of their own,
made on demand, and get the values that we normalized. Records are shuffled and keyed anew first.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dedupe.clustering.clusters import components
from dedupe.engines.local import LocalEngine
from dedupe.fetchers.files import read_file
from dedupe.matching.columns import pairs_of
from dedupe.matching.context import context
from dedupe.matching.evidence import evidence
from dedupe.matching.facts import NAMES
from dedupe.matching.models import default_model
from dedupe.matching.scoring import score
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.matching import MatchSettings, block, match, trained
from dedupe.simulators.population import population
from dedupe.simulators.writing import write_csv

PEERS = ("splink>=5,<6", "scikit-learn", "pandas", "pyarrow")
REGIONS = {"uganda_5000": "UG", "febrl3": "AU", "febrl_phones_10000": "AU"}
NOBODY = pa.table({"left": pa.array([], pa.int64()), "right": pa.array([], pa.int64())})


def figures(truth: list[str], clusters: list[Any]) -> dict[str, Any]:
    """Pairwise and B-cubed figures, the largest cluster, and clusters of several that hold two people."""
    true, found = Counter(truth), Counter(clusters)
    both = Counter(zip(truth, clusters, strict=True))
    right, linked, real = (sum(n * (n - 1) // 2 for n in c.values()) for c in (both, found, true))
    precision, recall = right / linked if linked else 1.0, right / real if real else 1.0
    b_precision = sum(n * n / found[cluster] for (_, cluster), n in both.items()) / len(truth)
    b_recall = sum(n * n / true[person] for (person, _), n in both.items()) / len(truth)
    people_in = Counter(cluster for _, cluster in both)
    several = [cluster for cluster, n in found.items() if n > 1]
    return {
        "precision": precision,
        "recall": recall,
        "f1": _harmonic(precision, recall),
        "bcubed": _harmonic(b_precision, b_recall),
        "largest": max(found.values(), default=0),
        "wrong_merges": sum(people_in[cluster] > 1 for cluster in several) / max(len(several), 1),
    }


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def contacts_of(path: Path, identifiers: bool) -> tuple[pa.Table, list[str], float]:
    """CONTACTS of a labelled file, whose each is, and the seconds that reading and normalizing took."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random.Random(7).shuffle(rows)
    hidden = {"truth_id"} if identifiers else {"truth_id", "identifier"}
    truth = {f"r{number:08}": row["truth_id"] for number, row in enumerate(rows)}
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "contacts.csv"
        with bare.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(
                file, [name for name in rows[0] if name not in hidden], extrasaction="ignore"
            )
            writer.writeheader()
            writer.writerows({**row, "record_id": record} for record, row in zip(truth, rows, strict=True))
        started = time.perf_counter()
        settings = NormalizeSettings(fallback_region=REGIONS.get(path.stem, "US"))
        contacts = normalize(read_file(bare).given, settings)
    whose = [truth[str(record)] for record in contacts["external_id"].to_pylist()]
    return contacts, whose, time.perf_counter() - started


def ours(contacts: pa.Table, auto: bool) -> list[Any]:
    engine, model = LocalEngine(), default_model()
    if auto:
        model = trained(contacts, model, MatchSettings(), engine).model
    found = match(contacts, model, MatchSettings(), NOBODY, NOBODY, engine)
    return found.clusters["cluster"].to_pylist()


def exact_keys(contacts: pa.Table) -> list[Any]:
    """The floor: contacts with the same email, phone or identifier key are one person."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for field in ("emails", "phones", "identifiers"):
        for number, values in enumerate(contacts[field].to_pylist()):
            for value in values or ():
                if value["keys"]:
                    holders[field, value["keys"][0]].append(number)
    edges = np.array([(a[0], b) for a in holders.values() for b in a[1:]], dtype=np.int64).reshape(-1, 2)
    clusters: list[Any] = components(len(contacts), edges[:, 0], edges[:, 1]).tolist()
    return clusters


def splink(contacts: pa.Table, truth: list[str], python: Path, folder: Path) -> dict[str, Any]:
    """Splink's figures at the threshold that is best for it."""
    pq.write_table(flat(contacts), folder / "flat.parquet")
    _run(python, "splink", folder / "flat.parquet", folder / "splink.csv")
    by_threshold: dict[str, list[Any]] = defaultdict(lambda: list(range(len(truth))))
    seconds = 0.0
    with (folder / "splink.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            by_threshold[row["threshold"]][int(row["record_id"])] = row["cluster_id"]
            seconds = float(row["seconds"])
    best = max(
        (figures(truth, clusters) for clusters in by_threshold.values()), key=lambda found: found["f1"]
    )
    return {**best, "seconds": seconds}


def flat(contacts: pa.Table) -> pa.Table:
    """A row a contact of single normalized values: the first of each list."""
    rows: list[dict[str, Any]] = []
    for row in contacts.select(["names", "emails", "phones", "place", "birth"]).to_pylist():
        name, email, phone = ((row[field] or [{}])[0] for field in ("names", "emails", "phones"))
        birth, place = row["birth"] or {}, row["place"] or {}
        first, last = name.get("first"), name.get("last")
        rows.append(
            {
                "unique_id": len(rows),
                "first_name": first,
                "last_name": last,
                "full_name": f"{first} {last}" if first and last else None,
                "email": (email.get("keys") or [None])[0],
                "phone": (phone.get("keys") or [None])[0],
                "city": place.get("city_key"),
                "postcode": place.get("postcode_key"),
                "street": place.get("street_key"),
                "birth": "{year}-{month}-{day}".format(**birth) if birth.get("day") else None,
            }
        )
    fields: dict[str, pa.DataType] = dict.fromkeys(rows[0], pa.string()) | {"unique_id": pa.int64()}
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def ceiling(contacts: pa.Table, truth: list[str], python: Path, folder: Path) -> dict[str, Any]:
    """Our levels and weight, judged by a classifier that knows the truth; closure at even odds."""
    engine, facts = LocalEngine(), evidence(contacts)
    counts, (pairs, _) = context(facts), block(facts, engine)
    scored = engine.map(lambda batch: score(facts, counts, default_model(), batch), pairs)
    left, right = pairs_of(scored)
    whose = np.unique(np.array(truth), return_inverse=True)[1]
    labelled = scored.select(["left", "right", *NAMES, "weight"])
    labelled = labelled.append_column("same", pa.array(whose[left] == whose[right]))
    labelled = labelled.append_column("group", pa.array(whose[left]))
    pq.write_table(labelled, folder / "pairs.parquet")
    _run(python, "ceiling", folder / "pairs.parquet", folder / "ceiling.csv")
    with (folder / "ceiling.csv").open(newline="", encoding="utf-8") as file:
        sure = [
            (int(row["left"]), int(row["right"]))
            for row in csv.DictReader(file)
            if float(row["probability"]) >= 0.5
        ]
    edges = np.array(sure, dtype=np.int64).reshape(-1, 2)
    return figures(truth, components(len(truth), edges[:, 0], edges[:, 1]).tolist())


def _run(python: Path, what: str, source: Path, target: Path) -> None:
    script = Path(__file__).with_name("peers.py")
    subprocess.run([str(python), str(script), what, str(source), str(target)], check=True)


def peers_python(folder: Path) -> Path:
    """The interpreter of the peers' own environment, made if it isn't there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def files(data: Path | None, sizes: list[int], seed: int, folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in (data or folder).glob("*.csv") if "truth_id" in path.open().readline())
    for people in sizes:
        path = folder / f"population_{people}.csv"
        write_csv(population(people, seed), path)
        yield path


def show(name: str, found: dict[str, Any], seconds: float | None) -> None:
    numbers = "  ".join(
        f"{found[key]:.4f}" for key in ("precision", "recall", "f1", "bcubed", "wrong_merges")
    )
    took = "" if seconds is None else f"  {seconds:7.1f} s"
    print(f"  {name:12s} {numbers}  {found['largest']:6d}{took}", flush=True)


def measure(path: Path, identifiers: bool, python: Path | None, folder: Path) -> None:
    contacts, truth, normalizing = contacts_of(path, identifiers)
    print(
        f"{path.stem}{' with identifiers' if identifiers else ''}: {len(contacts):,} contacts, "
        f"normalized in {normalizing:.1f} s\n  {'':12s} precision recall f1 b-cubed wrong-merges largest"
    )
    for name, auto in (("auto", True), ("shipped", False)):
        started = time.perf_counter()
        clusters = ours(contacts, auto)
        show(name, figures(truth, clusters), time.perf_counter() - started)
    show("exact keys", figures(truth, exact_keys(contacts)), None)
    if python is not None:
        found = splink(contacts, truth, python, folder)
        show("Splink", found, found["seconds"])
        show("ceiling", ceiling(contacts, truth, python, folder), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of labelled CSV files (truth_id)")
    parser.add_argument("--people", type=int, nargs="*", default=[4_600, 46_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--identifiers", action="store_true", help="use the column identifier too")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment, made on demand")
    chosen = parser.parse_args()
    if chosen.data is None:
        print("without --data DIR: populations only", file=sys.stderr)
    python = peers_python(chosen.peers) if chosen.peers else None
    print(f"population profile {population(1, 1).profile_hash()}")
    with tempfile.TemporaryDirectory() as folder:
        for path in files(chosen.data, chosen.people, chosen.seed, Path(folder)):
            measure(path, chosen.identifiers, python, Path(folder))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()

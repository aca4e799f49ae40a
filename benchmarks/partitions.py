"""How far joining is from the best partition, on components small enough to try every one:

    python -m benchmarks.partitions [--only population-10k] [--largest 8]

The best partition of a component has the greatest sum, over the pairs it puts together, of their weight above
the link threshold (correlation clustering). Ours follows another rule on purpose (the prior once, a cluster
as a mixture of its contacts: decision 41), so beside the gap stands what matters: how right both are by the
truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.subjects import TRUTH, Subject, subjects
from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.arrays.units import BIT
from dedupe.clustering.clusters import components
from dedupe.clustering.metrics import figures
from dedupe.config import Settings
from dedupe.matching.model.scoring import score
from dedupe.pipeline.record_linkage import match_prepared
from dedupe.wiring.files import AUTO, NOBODY, modelled

Labels = npt.NDArray[np.int64]


@cache
def partitions(size: int) -> tuple[Labels, npt.NDArray[np.bool_]]:
    """Every partition of `size` things: [partition, thing] labels, and [partition, pair] whether together."""
    labels = np.array(list(_labels(size)), dtype=np.int64)
    one, other = np.triu_indices(size, 1)
    return labels, labels[:, one] == labels[:, other]


def _labels(size: int) -> Iterator[tuple[int, ...]]:
    if size == 0:
        yield ()
        return
    for head in _labels(size - 1):
        for label in range(max(head, default=-1) + 2):
            yield (*head, label)


def best(size: int, above: npt.NDArray[np.int64]) -> tuple[Labels, npt.NDArray[np.int64]]:
    """[component, thing] labels of the best partition and its sum; `above` is [component, pair]."""
    labels, together = partitions(size)
    sums = above @ together.T.astype(np.int64)
    chosen = sums.argmax(axis=1)
    return labels[chosen], sums[np.arange(len(sums)), chosen]


def measure(subject: Subject, largest: int) -> None:
    file = subject.normalized()
    truth = file.people(TRUTH)
    ready = modelled(file, AUTO, Settings())
    facts, context, model = ready.prepared.features, ready.prepared.term_frequencies, ready.model
    matching = match_prepared(ready.prepared, model, NOBODY, NOBODY, ready.engine)
    ours = integers(matching.clusters.column("cluster"))
    component = components(len(truth), *pairs_of(matching.scored))
    sizes = np.bincount(component, minlength=len(component))[component]
    print(f"{subject.title} {subject.profile}\n  size  components  ours is best  gap (bits)")
    ideal, judged = ours.copy(), np.zeros(len(ours), dtype=bool)
    for size in range(2, largest + 1):
        members: Any = np.flatnonzero(sizes == size)
        if not len(members):
            continue
        members = np.reshape(members[np.argsort(component[members], kind="stable")], (-1, size))
        one, other = np.array(list(combinations(range(size), 2))).T
        pairs = pa.table(
            {"left": pa.array(members[:, one].ravel()), "right": pa.array(members[:, other].ravel())}
        )
        weight = integers(score(facts, context, model, pairs).column("weight"))
        above = weight.reshape(len(members), -1) - model.link
        found, most = best(size, above)
        own = (above * (ours[members[:, one]] == ours[members[:, other]])).sum(axis=1)
        ideal[members] = members[np.arange(len(members))[:, None], found]
        judged[members] = True
        gap = (most - own) / BIT
        print(
            f"  {size:4d}  {len(members):10,d}  {(own == most).mean():12.3f}  {gap.mean():10.2f}", flush=True
        )
    for name, clusters in (("ours", ours), ("best", ideal)):
        right = figures(truth[judged], clusters[judged])
        told = f"precision {right.precision:.4f}  recall {right.recall:.4f}  F1 {right.f1:.4f}"
        print(f"  {name}, within these components: {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of labelled CSV files (truth_id)")
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks"), help="generated populations")
    parser.add_argument("--only", nargs="+", default=["population-10k"], help="by the start of their names")
    parser.add_argument("--largest", type=int, default=8)
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    for subject in subjects(chosen.data, chosen.cache):
        if not subject.identifiers and subject.name.startswith(tuple(chosen.only)):
            measure(subject, chosen.largest)


if __name__ == "__main__":
    main()

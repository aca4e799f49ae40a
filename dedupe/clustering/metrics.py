"""Quality of a clustering against the truth: pairwise, B-cubed, and by whole clusters.

Sources: Menestrina, Whang and Garcia-Molina, "Evaluating entity resolution results" (VLDB 2010), for pairs
and clusters; Bagga and Baldwin (1998) for B-cubed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """Counts and shares; `wrong_clusters` are those of the `linked_clusters` (two contacts or more) that hold
    two people."""

    contacts: int
    people: int
    clusters: int
    largest: int
    true_pairs: int
    found: int
    wrong: int
    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    linked_clusters: int
    wrong_clusters: int

    @property
    def share_of_wrong_merges(self) -> float:
        return self.wrong_clusters / self.linked_clusters if self.linked_clusters else 0.0


def figures(truth: Labels, predicted: Labels) -> Figures:
    """The figures of `predicted` against `truth`: two arrays of labels, any whole numbers, one for each
    contact."""
    true_label, true_size = np.unique(truth, return_inverse=True, return_counts=True)[1:]
    label, size = np.unique(predicted, return_inverse=True, return_counts=True)[1:]
    cell = true_label.astype(np.int64) * max(len(size), 1) + label
    cells, together = np.unique(cell, return_counts=True)
    in_truth, in_cluster = cells // max(len(size), 1), cells % max(len(size), 1)
    right, linked, real = _pairs(together), _pairs(size), _pairs(true_size)
    count = len(truth)
    squares = together.astype(np.float64) ** 2
    b_precision = float((squares / size[in_cluster]).sum()) / count if count else 1.0
    b_recall = float((squares / true_size[in_truth]).sum()) / count if count else 1.0
    precision = right / linked if linked else 1.0
    recall = right / real if real else 1.0
    people_in = np.bincount(in_cluster, minlength=len(size))
    return Figures(
        contacts=count,
        people=len(true_size),
        clusters=len(size),
        largest=int(size.max(initial=0)),
        true_pairs=real,
        found=right,
        wrong=linked - right,
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        bcubed_precision=b_precision,
        bcubed_recall=b_recall,
        bcubed_f1=_harmonic(b_precision, b_recall),
        linked_clusters=int((size > 1).sum()),
        wrong_clusters=int(((size > 1) & (people_in > 1)).sum()),
    )


def _pairs(sizes: npt.NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0

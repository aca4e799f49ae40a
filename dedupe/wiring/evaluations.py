"""The evaluation of a labelled file: `dedupe evaluate`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.clustering.metrics import Figures
from dedupe.config import Settings
from dedupe.pipeline.error_analysis import ErrorKind
from dedupe.pipeline.evaluating import Evaluation, evaluate
from dedupe.pipeline.record_linkage import match_prepared
from dedupe.wiring.files import NOBODY, FileOptions, NormalizedFile, modelled, normalize_file

CURVE_UP_TO = 200_000
"""Contacts up to which the curve over thresholds is drawn unasked: everything is clustered anew at each."""


@dataclass(frozen=True)
class MistakeExample:
    """Two records of a mistake: their ids and values."""

    left: str
    right: str
    left_says: str
    right_says: str


@dataclass(frozen=True)
class EvaluatedFile:
    file: NormalizedFile
    evaluation: Evaluation
    warnings: tuple[str, ...]
    estimates: dict[str, Any]

    def examples(self, kind: ErrorKind) -> Iterator[MistakeExample]:
        for left, right in kind.examples:
            ids = (str(self.file.record_id[int(self._row_of[one])].as_py()) for one in (left, right))
            yield MistakeExample(*ids, *(self._says(one) for one in (left, right)))

    @cached_property
    def _row_of(self) -> npt.NDArray[np.int64]:
        """The file row of each contact."""
        return np.argsort(self.file.number)

    def _says(self, contact: int) -> str:
        """The given names, emails, phones and place of a contact."""
        row = self.file.contacts.slice(contact, 1).to_pylist()[0]
        values = [
            value["given"]
            for field in ("names", "emails", "phones", "identifiers")
            for value in row[field] or ()
        ]
        place, company = row["place"] or {}, row["company"] or {}
        more = [company.get("given"), place.get("street"), place.get("city"), place.get("postcode")]
        return " · ".join(str(value) for value in (*values, *more) if value)

    def to_dict(self) -> dict[str, Any]:
        """The results as plain values, with examples by record id only."""
        found = self.evaluation
        return {
            **_figures(found.figures),
            "estimates": self.estimates,
            "reading": self.file.reading(),
            "review_queue": {
                "questions": found.questions,
                "reviewed": [
                    {"asked": step.asked, "same": step.same, **_figures(step.figures)}
                    for step in found.reviewed
                ],
            },
            "by_evidence": [asdict(kind) for kind in found.by_evidence],
            "curve": [
                {
                    "link_bits": point.link / BIT,
                    "probability": point.probability,
                    "chosen": point.chosen,
                    **_figures(point.figures),
                }
                for point in found.curve
            ],
            "mistakes": {
                "wrong_pairs": found.mistakes.wrong,
                "missed_pairs": found.mistakes.missed,
                "contacts_left_out": found.mistakes.left_out,
                "kinds": [self._kind(kind) for kind in found.mistakes.kinds],
            },
        }

    def _kind(self, kind: ErrorKind) -> dict[str, Any]:
        pairs = [[example.left, example.right] for example in self.examples(kind)]
        return {**asdict(kind), "examples": pairs}


def evaluate_file(
    path: Path,
    options: FileOptions,
    model: str,
    truth: str,
    settings: Settings,
    curve: bool | None = None,
    max_wrong_merges: float | None = None,
) -> EvaluatedFile:
    """Match a file and compare to its column `truth`, which names the person. Raises InputError without
    it. `curve`: whether to vary the threshold; None: for up to `CURVE_UP_TO` contacts. `max_wrong_merges`: as
    for `files.modelled`."""
    file = normalize_file(path, options, settings)
    return evaluate_normalized(file, model, truth, settings, curve, max_wrong_merges)


def evaluate_normalized(
    file: NormalizedFile,
    model: str,
    truth: str,
    settings: Settings,
    curve: bool | None = None,
    max_wrong_merges: float | None = None,
) -> EvaluatedFile:
    """Evaluate a normalized file like `evaluate_file`."""
    people = file.people(truth)  # before the minutes of matching
    wanted = len(people) <= CURVE_UP_TO if curve is None else curve
    ready = modelled(file, model, settings, max_wrong_merges)
    matching = match_prepared(ready.prepared, ready.model, NOBODY, NOBODY, ready.engine)
    found = evaluate(ready.prepared, ready.model, matching, people, ready.engine, wanted)
    return EvaluatedFile(file, found, ready.warnings, ready.estimates)


def _figures(found: Figures) -> dict[str, Any]:
    return {**asdict(found), "share_of_wrong_merges": found.share_of_wrong_merges}

"""Shares of wrong merges and missed matches among all golden contacts, measured by an audit, with
intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from dedupe.clustering.audit_sampling import Estimate, StratumSample, estimate_share

MERGED, NEAR = "merged", "near"
FEWEST_JUDGED = 30
"""Fewer judged golden contacts than this leave a night's report with the model's estimates (chosen)."""


class DrawnAudit(Protocol):
    """An audit; `strata` has a row of kind, stratum and size for each stratum that samples were drawn
    from."""

    @property
    def id(self) -> UUID: ...
    @property
    def model_id(self) -> UUID | None: ...
    @property
    def strata(self) -> list[dict[str, Any]]: ...
    @property
    def drawn_at(self) -> datetime: ...


class DrawnSample(Protocol):
    """One unit of an audit, judged by a person or not yet."""

    @property
    def kind(self) -> str: ...
    @property
    def stratum(self) -> str: ...
    @property
    def left_members(self) -> list[UUID]: ...
    @property
    def verdict(self) -> str | None: ...
    @property
    def people(self) -> int | None: ...
    @property
    def wrong_pairs(self) -> int | None: ...


@dataclass(frozen=True)
class Measured:
    """`wrong_merges`: of the golden contacts of two or more source contacts, those that hold two people;
    `wrong_pairs`: of their pairs of source contacts, those of two people; `missed`: of the joins there
    should be (between golden contacts that were nearly joined, and within them), those that are missing."""

    audit: UUID
    drawn_at: datetime
    model_id: UUID | None
    samples: int
    judged: int
    unsure: int
    wrong_merges: Estimate
    wrong_pairs: Estimate
    missed: Estimate
    exact_pairs: bool  # whether every wrong one was told apart contact by contact


def measure_audit(audit: DrawnAudit, samples: Sequence[DrawnSample]) -> Measured:
    """Estimates from the samples that people judged; "unsure" counts as not judged.

    A wrong golden contact whose people were not told apart contact by contact counts as two people, of whom
    one has a single contact: the fewest wrong pairs that are possible.
    """
    merged, near = (_of(audit, samples, kind) for kind in (MERGED, NEAR))
    wrong = estimate_share(_strata(merged, lambda one: _is(one, "different"), lambda _: 1.0))
    pairs = estimate_share(_strata(merged, _wrong_pairs, _pairs))
    lost = estimate_share(_strata(near, lambda one: _is(one, "same"), lambda _: 1.0))
    joins = _total(merged, _right_joins)
    everything = sum(size for size, _ in near.values())
    judged = [one for one in samples if one.verdict in ("same", "different")]
    separated = all(
        one.wrong_pairs is not None for one in judged if one.kind == MERGED and _is(one, "different")
    )
    return Measured(
        audit.id,
        audit.drawn_at,
        audit.model_id,
        len(samples),
        len(judged),
        sum(one.verdict == "unsure" for one in samples),
        wrong,
        pairs,
        _missing(lost, everything, joins),
        separated,
    )


_Strata = dict[str, tuple[int, list[DrawnSample]]]
_Of = Callable[[DrawnSample], float]


def _of(audit: DrawnAudit, samples: Sequence[DrawnSample], kind: str) -> _Strata:
    """Size and judged samples of each stratum of a kind."""
    judged: dict[str, list[DrawnSample]] = defaultdict(list)
    for one in samples:
        if one.kind == kind and one.verdict in ("same", "different"):
            judged[one.stratum].append(one)
    return {
        row["stratum"]: (int(row["size"]), judged[row["stratum"]])
        for row in audit.strata
        if row["kind"] == kind
    }


def _strata(strata: _Strata, found: _Of, of: _Of) -> list[StratumSample]:
    return [
        StratumSample(size, [found(one) for one in judged], [of(one) for one in judged])
        for size, judged in strata.values()
    ]


def _total(strata: _Strata, of: _Of) -> float | None:
    """The estimated total of `of` over all units; None where no unit of any stratum was judged."""
    judged_strata = [(size, judged) for size, judged in strata.values() if judged]
    if strata and not judged_strata:
        return None
    return sum(size * sum(of(one) for one in judged) / len(judged) for size, judged in judged_strata)


def _is(one: DrawnSample, verdict: str) -> float:
    return float(one.verdict == verdict)


def _pairs(one: DrawnSample) -> float:
    return len(one.left_members) * (len(one.left_members) - 1) / 2


def _wrong_pairs(one: DrawnSample) -> float:
    if one.verdict != "different":
        return 0.0
    return float(len(one.left_members) - 1 if one.wrong_pairs is None else one.wrong_pairs)


def _right_joins(one: DrawnSample) -> float:
    people = 1 if one.verdict == "same" else one.people or 2
    return float(len(one.left_members) - people)


def _missing(lost: Estimate, near: int, joins: float | None) -> Estimate:
    """The share of all joins that is missing, from the share of near misses that are one person."""

    def share(of_near: float) -> float:
        missing = of_near * near
        return missing / (missing + (joins or 0.0)) if missing else 0.0

    if near == 0:
        return Estimate(0.0, 0.0, 0.0, 0, 1.0)
    if joins is None:
        return Estimate(0.0, 0.0, 1.0, 0, 0.0)
    return Estimate(share(lost.share), share(lost.low), share(lost.high), lost.judged, lost.covered)

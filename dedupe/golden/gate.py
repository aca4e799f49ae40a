"""The publish gate: the numbers of a night, and the limits beyond which the night is held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Mask, integers, one, present
from dedupe.golden.differences import Difference, Live
from dedupe.golden.staging import Staged

Fill = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class GateLimits:
    """Limits of the publish gate; a night over one of them is held back. The defaults are chosen."""

    max_share_gone: float = 0.05
    """The share of served source contacts that are gone, over all sources and in each source."""
    max_fill_rate_drop: float = 0.10
    """The drop in the share of a source's contacts that have a field."""
    max_share_merged: float = 0.10
    """The share of served golden contacts that another one absorbs."""
    max_share_split: float = 0.02
    max_share_changed: float = 0.50
    max_cluster: int = 100
    """The number of source contacts in one golden contact."""
    max_rolled_back: int = 0
    """The number of golden contacts that may change again as in a run that was rolled back. Not configured:
    who publishes such a night raises it."""
    fewest: int = 50
    """No limit on shares applies where there are fewer contacts than this."""


@dataclass(frozen=True)
class GateResult:
    """The numbers of a night, the limits, and the reasons that hold it back."""

    numbers: dict[str, Any]
    limits: dict[str, Any]
    reasons: list[str]  # in words, a limit each; none: it may pass

    @property
    def passes(self) -> bool:
        return not self.reasons

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class OverLimit(NamedTuple):
    """A limit that a run is over, with the reason in words."""

    limit: str
    reason: str


def check_limits(numbers: dict[str, Any], limits: GateLimits) -> GateResult:
    """The numbers of `measure` against the limits, with a reason in words for each that is over its limit."""
    return GateResult(numbers, asdict(limits), [each.reason for each in over_limits(numbers, limits)])


def over_limits(numbers: Mapping[str, Any], limits: GateLimits) -> list[OverLimit]:
    """The limits that these numbers are over."""
    over = [*_shares(numbers, limits), *_fill_drops(numbers, limits)]
    if numbers["largest_cluster"] > limits.max_cluster:
        reason = (
            f"the largest golden contact has {numbers['largest_cluster']} source contacts"
            f" (max_cluster {limits.max_cluster})"
        )
        over.append(OverLimit("max_cluster", reason))
    again = numbers.get("rolled_back", 0)
    if again > limits.max_rolled_back:
        reason = (
            f"{again} golden contacts would change that are as they were before a run that was rolled back; "
            "make another model active, change the configuration, or publish this night"
        )
        over.append(OverLimit("max_rolled_back", reason))
    return over


def _shares(numbers: Mapping[str, Any], limits: GateLimits) -> list[OverLimit]:
    before, golden = numbers["source_contacts_before"], numbers["golden_contacts_before"]
    shares = [
        ("source contacts are gone", "max_share_gone", numbers["gone"], before),
        ("golden contacts were merged into others", "max_share_merged", numbers["merged"], golden),
        ("golden contacts were split", "max_share_split", numbers["split"], golden),
        ("golden contacts changed", "max_share_changed", numbers["changed"], golden),
    ]
    for source, counts in numbers["sources"].items():
        what = f"source contacts of {source} are gone"
        shares.append((what, "max_share_gone", counts["gone"], counts["before"]))
    return [
        OverLimit(
            name, f"{count} of {whole} {what}: {count / whole:.1%} ({name} {getattr(limits, name):.1%})"
        )
        for what, name, count, whole in shares
        if whole >= limits.fewest and count / whole > getattr(limits, name)
    ]


def _fill_drops(numbers: Mapping[str, Any], limits: GateLimits) -> list[OverLimit]:
    reasons = []
    for source, counts in numbers["sources"].items():
        if min(counts["before"], counts["now"]) < limits.fewest:
            continue
        for field, was in counts["fill_before"].items():
            now = counts["fill"].get(field, 0.0)
            if was - now > limits.max_fill_rate_drop:
                reason = (
                    f"{field} is filled in {now:.1%} of the contacts of {source}, it was {was:.1%}"
                    f" (max_fill_rate_drop {limits.max_fill_rate_drop:.1%})"
                )
                reasons.append(OverLimit("max_fill_rate_drop", reason))
    return reasons


def measure(
    live: Live,
    staged: Staged,
    difference: Difference,
    contacts: pa.Table,
    sources_before: Mapping[str, Mapping[str, Any]],
    gone: Mapping[str, int],
) -> dict[str, Any]:
    """The numbers of a night.

    `contacts` is CONTACTS; `sources_before` is the number `sources` of the last publishing (name: now, fill);
    `gone` counts for each source the source contacts that were linked then and are not now.
    """
    counts = difference.counts
    sizes = integers(staged.golden.records["members"])
    return {
        "source_contacts_before": live.linked.num_rows,
        "gone": len(difference.unlinked),
        **{name: counts[name] for name in ("golden_contacts_before", "golden_contacts", "made", "changed")},
        **{name: counts[name] for name in ("merged", "split", "retired", "revived", "unchanged")},
        "largest_cluster": int(sizes.max(initial=0)),
        "sources": _sources(contacts, sources_before, gone),
    }


def _sources(
    contacts: pa.Table, before: Mapping[str, Mapping[str, Any]], gone: Mapping[str, int]
) -> dict[str, Any]:
    source = one(contacts["source"])
    filled = _filled(contacts)
    names = sorted({*source.unique().to_pylist(), *before, *gone})
    codes = integers(pc.index_in(source, value_set=pa.array(names, pa.string())))
    totals = np.bincount(codes, minlength=len(names))
    rates = {field: np.bincount(codes, weights=has, minlength=len(names)) for field, has in filled.items()}
    return {
        name: {
            "before": before.get(name, {}).get("now", 0),
            "now": int(totals[at]),
            "gone": gone.get(name, 0),
            "fill": {field: round(float(n[at] / max(totals[at], 1)), 4) for field, n in rates.items()},
            "fill_before": before.get(name, {}).get("fill", {}),
        }
        for at, name in enumerate(names)
    }


def _filled(contacts: pa.Table) -> dict[str, Mask]:
    """Which contacts have each field."""
    lists = ("names", "emails", "phones", "identifiers")
    has: dict[str, Mask] = {
        name: integers(pc.list_value_length(one(contacts[name])), missing=0) > 0 for name in lists
    }
    place, birth = one(contacts["place"]), one(contacts["birth"])
    has["company"] = present(pc.struct_field(one(contacts["company"]), "value"))
    has["job_title"] = present(contacts["job_title"])
    has["city"] = present(pc.struct_field(place, "city"))
    has["country"] = present(pc.struct_field(place, "country"))
    has["birth"] = integers(pc.struct_field(birth, "day"), missing=0) > 0
    return has


def raised_limits(limits: GateLimits, numbers: Mapping[str, Any], slack: float = 1.1) -> GateLimits:
    """Limits with room of `slack` (chosen) above these numbers, for a night that a person looked at and
    accepted."""
    golden, before = max(numbers["golden_contacts_before"], 1), max(numbers["source_contacts_before"], 1)
    # a small source's shares say nothing, so they raise nothing either
    sources = [each for each in numbers["sources"].values() if each["before"] >= limits.fewest]
    gone = [numbers["gone"] / before, *(each["gone"] / each["before"] for each in sources)]
    drops = [
        was - each["fill"].get(field, 0.0)
        for each in sources
        if each["now"] >= limits.fewest
        for field, was in each["fill_before"].items()
    ]
    seen = {
        "max_share_gone": max(gone),
        "max_fill_rate_drop": max(drops, default=0.0),
        "max_share_merged": numbers["merged"] / golden,
        "max_share_split": numbers["split"] / golden,
        "max_share_changed": numbers["changed"] / golden,
        "max_cluster": numbers["largest_cluster"],
        "max_rolled_back": numbers.get("rolled_back", 0),
    }
    taken = {each.name: getattr(limits, each.name) for each in fields(limits)}
    for name, number in seen.items():
        taken[name] = max(taken[name], type(taken[name])(number * slack))
    return GateLimits(**taken)

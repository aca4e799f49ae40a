"""Links as rows with the evidence they were made by, so that they can be explained months later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, array, integers, one, ranked, take
from dedupe.arrays.joining import joined
from dedupe.arrays.numpy_columns import pair_codes

MATCH, DECISION = "match", "decision"


@dataclass(frozen=True)
class LinkDifference:
    """`new`: rows of the staged links to write; `removed`: left_contact and right_contact of links to
    remove."""

    new: Integers
    removed: pa.Table

    @property
    def nothing(self) -> bool:
        return len(self.new) == 0 and self.removed.num_rows == 0


def staged_links(links: pa.Table, together: pa.Table, seeds: Any) -> pa.Table:
    """LINKS by the ids of source contacts: left_contact < right_contact, weight, cause, and the row in LINKS.

    `seeds[i]` is the id of contact i; the pairs `together` (left, right) were decided by people.
    """
    left, right = integers(links["left"]), integers(links["right"])
    names, (rank,) = ranked(seeds)
    low, high = np.minimum(rank[left], rank[right]), np.maximum(rank[left], rank[right])
    decided = np.isin(
        pair_codes(left, right), pair_codes(integers(together["left"]), integers(together["right"]))
    )
    return pa.table(
        {
            "left_contact": take(names, low),
            "right_contact": take(names, high),
            "weight": one(links["weight"]),
            "cause": take(pa.array([MATCH, DECISION]), decided.astype(np.int64)),
            "row": array(np.arange(len(left))),
        }
    )


def link_difference(live: pa.Table, staged: pa.Table) -> LinkDifference:
    """The links to write and to remove; `live` has left_contact, right_contact, cause.

    A pair that stays linked for the same cause keeps the evidence that it was linked by, even though changed
    term frequencies have moved its weight a little since.
    """
    columns = ("left_contact", "right_contact", "cause")
    both = [ranked(live[name], staged[name]) for name in columns]
    width = [len(values) for values, _ in both]
    was, now = ((both[0][1][at] * width[1] + both[1][1][at]) * width[2] + both[2][1][at] for at in (0, 1))
    gone = live.select(["left_contact", "right_contact"]).take(array(np.flatnonzero(~np.isin(was, now))))
    return LinkDifference(np.flatnonzero(~np.isin(now, was)), gone)


def link_rows(
    staged: pa.Table,
    new: Integers,
    links: pa.Table,
    scored: pa.Table,
    probability: Any,
    level_names: Mapping[str, Sequence[str]],
) -> pa.Table:
    """Columns of the table `links` for the rows `new` of `staged`, with the comparison levels of each pair as
    JSON.

    `scored` are the scored pairs of the run (schemas.scored), `probability` has a value for each row of
    `links`; `level_names` names the levels of each comparison of `scored`, by position.
    """
    rows = staged.take(array(new))
    at = integers(rows["row"])
    scores = _find(links.take(array(at)), scored)
    columns = rows.select(["left_contact", "right_contact", "weight", "cause"])
    columns = columns.append_column("probability", take(array(probability), at))
    return columns.append_column("levels", _levels(scored, scores, level_names))


def _levels(scored: pa.Table, rows: Integers, level_names: Mapping[str, Sequence[str]]) -> Any:
    """JSON of comparison → name of its level, without silent ones; empty for a pair that people decided and
    that was never scored."""
    parts = []
    for name in scored.schema.names:
        if name in level_names:
            texts = pa.array([f'"{name}":"{level}"' for level in level_names[name]], pa.string())
            parts.append(take(texts, integers(take(scored[name], rows), missing=-1)))
    if not parts:
        return pa.array(["{}"] * len(rows), pa.string())
    return _concat(pa.scalar("{"), joined(parts, ","), pa.scalar("}"))


def _concat(*parts: Any) -> Any:
    return pc.binary_join_element_wise(*parts, pa.scalar(""))


def _find(pairs: pa.Table, among: pa.Table) -> Integers:
    """The row of each pair in `among`, −1 where it is not there."""
    wanted = pair_codes(integers(pairs["left"]), integers(pairs["right"]))
    known = pair_codes(integers(among["left"]), integers(among["right"]))
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)
    return np.where(known[order[at]] == wanted, order[at], -1)

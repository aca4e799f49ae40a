"""A difference between live and staged golden contacts without those of some source contacts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from dedupe.arrays.by_position import mask, one, take
from dedupe.arrays.untyped import pc
from dedupe.golden.differences import Difference, Live
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID

_OF_EVENTS = ("made", "revived", "changed", "split")


def leaving_out(difference: Difference, live: Live, staged: Staged, contacts: Any) -> Difference:
    """What is left of the difference without these source contacts (an ID column), which make up whole golden
    contacts, live and staged."""
    ids = pa.concat_arrays(
        [
            one(table["golden_id"]).cast(ID).filter(_among(table["source_contact_id"], contacts))
            for table in (live.linked, staged.linked)
        ]
    ).unique()
    written, linked = difference.written, difference.linked
    gone = difference.gone.filter(_others(difference.gone["id"], ids))
    events = difference.events.filter(_others(difference.events["golden_id"], ids))
    return Difference(
        written=written[mask(_others(take(staged.ids, written), ids))],
        fresh=one(difference.fresh).filter(_others(difference.fresh, ids)),
        ended=one(difference.ended).filter(_others(difference.ended, ids)),
        gone=gone,
        linked=linked[mask(_others(take(staged.linked["source_contact_id"], linked), contacts))],
        unlinked=one(difference.unlinked).filter(_others(difference.unlinked, contacts)),
        events=events,
        counts={**difference.counts, **_counts(events, gone)},
    )


def _counts(events: pa.Table, gone: pa.Table) -> dict[str, int]:
    """What became of golden contacts, of those that are left."""
    kinds = {each: int(pc.sum(pc.equal(events["kind"], each)).as_py() or 0) for each in _OF_EVENTS}
    merged = int(pc.sum(pc.greater(pc.list_value_length(gone["successors"]), 0)).as_py() or 0)
    return {**kinds, "merged": merged, "retired": gone.num_rows - merged}


def _among(ids: Any, some: Any) -> Any:
    return pc.is_in(one(ids).cast(ID), value_set=one(some))


def _others(ids: Any, some: Any) -> Any:
    return pc.invert(_among(ids, some))

"""Which source contacts a limit of the publish gate is about, so that only their components are held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dedupe.arrays.by_position import array, integers, one
from dedupe.arrays.untyped import pc
from dedupe.golden.differences import Difference
from dedupe.golden.gate import GateLimits, OverLimit
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID

_KINDS = {"max_share_merged": "merged", "max_share_split": "split", "max_share_changed": "changed"}


def blamed(over: Sequence[OverLimit], limits: GateLimits, staged: Staged, difference: Difference) -> Any:
    """The ids of the source contacts without whose change none of these limits were passed, as far as each
    can be laid to single ones."""
    found = [pa.array([], ID)]
    for limit in {each.limit for each in over}:
        if limit == "max_share_gone":
            found.append(one(difference.unlinked).cast(ID))
        elif limit == "max_cluster":
            found.append(_of_large(staged, limits.max_cluster))
        elif limit in _KINDS:
            found += _of_events(difference, _KINDS[limit])
    return pa.concat_arrays(found).unique()


def _of_large(staged: Staged, most: int) -> Any:
    size = integers(staged.golden.records["members"])
    return one(staged.linked["source_contact_id"]).filter(array(size[staged.row_of_member] > most))


def _of_events(difference: Difference, kind: str) -> list[Any]:
    events = difference.events.filter(pc.equal(difference.events["kind"], kind))
    return [one(events[side]).flatten().cast(ID) for side in ("members_before", "members_after")]

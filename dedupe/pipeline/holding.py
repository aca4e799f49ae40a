"""What a live run holds back where it is over a limit of the publish gate: the components that are to blame,
and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import ranked
from dedupe.arrays.numpy_columns import pairs_of, texts
from dedupe.clustering.clusters import components
from dedupe.golden.blamed import blamed
from dedupe.golden.gate import GateLimits, OverLimit
from dedupe.golden.tables import ID
from dedupe.pipeline.partial_merge import Compared, Worked
from dedupe.storage.held_contacts import HeldComponent


def to_be_held(
    worked: Worked, compared: Compared, over: Collection[OverLimit], limits: GateLimits
) -> list[HeldComponent]:
    """The components that are to blame for these limits; all, where none is."""
    whose = blamed(list(over), limits, compared.staged, compared.difference)
    ids, label = _labelled(worked, compared)
    guilty = np.unique(label[np.asarray(pc.is_in(ids, value_set=whose))])
    changed = set(worked.reached.changed)
    found = [_held(ids, np.flatnonzero(label == one), changed) for one in guilty]
    return [one for one in found if one.changed] or [HeldComponent(frozenset(texts(ids)), frozenset(changed))]


def _held(ids: Any, at: Any, changed: set[str]) -> HeldComponent:
    members = frozenset(texts(ids.take(pa.array(at))))
    return HeldComponent(members, members & changed)


def _labelled(worked: Worked, compared: Compared) -> tuple[Any, Any]:
    """The source contacts that were reached, and the component of each: what was or would be served as one,
    what is paired, what decisions name."""
    run, pairs = worked.merged.run, worked.merged.matching.pairs
    left, right = _ends(run.seeds, [pairs.scored, pairs.links, *run.constraints])
    columns = [
        pa.array(worked.reached.source_contacts, ID),
        *(compared.live.linked[name] for name in ("source_contact_id", "golden_id")),
        *(compared.staged.linked[name] for name in ("source_contact_id", "golden_id")),
        left,
        right,
    ]
    every, (reached, *ends) = ranked(*columns)
    one, other = (np.concatenate(ends[side::2]) for side in (0, 1))
    label = components(len(every), one, other)
    return every.take(pa.array(reached)), label[reached]


def _ends(seeds: Any, tables: Collection[pa.Table]) -> tuple[Any, Any]:
    """The ids of the two sides of all of these pairs."""
    ends = [pairs_of(pairs) for pairs in tables]
    sides = [np.concatenate([end[side] for end in ends]) for side in (0, 1)]
    return seeds.take(pa.array(sides[0])), seeds.take(pa.array(sides[1]))

"""Scored pairs divided by the clusters: which are links, and which are doubtful and left to ask about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import among, integers, pairs_of
from dedupe.clustering.decided_constraints import CERTAIN


def links(scored: pa.Table, clusters: pa.Table, link: int, together: pa.Table) -> pa.Table:
    """LINKS, sorted: pairs of at least `link` (1/1024 bit) within a cluster, and pairs that people decided to
    be the same.

    `scored` are the scored pairs (schemas.scored), `together` the decided pairs (left, right); `clusters`
    (CLUSTERS) has contact i in row i.
    """
    strong = _within_one(scored, clusters) & (integers(scored.column("weight")) >= link)
    free = scored.filter(pa.array(strong & ~among(scored, together)))
    weight = pa.array(np.full(len(together), CERTAIN, dtype=np.int32))
    decided = pa.Table.from_arrays(
        [together.column("left"), together.column("right"), weight], schema=schemas.LINKS
    )
    found = pa.concat_tables([free.select(schemas.LINKS.names).cast(schemas.LINKS), decided])
    return found.sort_by([("left", "ascending"), ("right", "ascending")])


def doubtful_pairs(scored: pa.Table, clusters: pa.Table, apart: pa.Table) -> pa.Table:
    """The scored pairs between two clusters, without the pairs `apart` (left, right) that people decided to
    be different."""
    return scored.filter(pa.array(~_within_one(scored, clusters) & ~among(scored, apart)))


def _within_one(pairs: pa.Table, clusters: pa.Table) -> npt.NDArray[np.bool_]:
    label = integers(clusters.column("cluster"))
    left, right = pairs_of(pairs)
    return np.asarray(label[left] == label[right])

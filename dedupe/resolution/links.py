"""Scored pairs divided by the clusters: which are links, and which are doubtful and left to ask about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import among, integers, pairs_of
from dedupe.clustering.decided_constraints import CERTAIN

Positions = npt.NDArray[np.int64]


def links(scored: pa.Table, clusters: pa.Table, link: int, together: pa.Table) -> pa.Table:
    """LINKS, sorted: pairs of at least `link` (1/1024 bit) within a cluster, and pairs that people decided to
    be the same.

    `scored` are the scored pairs (schemas.scored), `together` the decided pairs (left, right); `clusters`
    (CLUSTERS) has contact i in row i.
    """
    return with_decided(free_links(scored, *_clusters(scored, clusters), link, together), together)


def free_links(
    scored: pa.Table, left: Positions, right: Positions, link: int, together: pa.Table
) -> pa.Table:
    """As `links`, without the pairs that people decided; `left[i]` and `right[i]` are the clusters of the
    contacts of the i-th pair."""
    strong = (left == right) & (integers(scored.column("weight")) >= link)
    return scored.filter(pa.array(strong & ~among(scored, together))).select(schemas.LINKS.names)


def with_decided(free: pa.Table, together: pa.Table) -> pa.Table:
    """LINKS, sorted: `free_links` and the pairs that people decided to be the same."""
    weight = pa.array(np.full(len(together), CERTAIN, dtype=np.int32))
    decided = pa.Table.from_arrays(
        [together.column("left"), together.column("right"), weight], schema=schemas.LINKS
    )
    found = pa.concat_tables([free.cast(schemas.LINKS), decided])
    return found.sort_by([("left", "ascending"), ("right", "ascending")])


def doubtful_pairs(scored: pa.Table, clusters: pa.Table, apart: pa.Table) -> pa.Table:
    """The scored pairs between two clusters, without the pairs `apart` (left, right) that people decided to
    be different."""
    return between_clusters(scored, *_clusters(scored, clusters), apart)


def between_clusters(scored: pa.Table, left: Positions, right: Positions, apart: pa.Table) -> pa.Table:
    """As `doubtful_pairs`; `left[i]` and `right[i]` are the clusters of the i-th pair's contacts."""
    return scored.filter(pa.array((left != right) & ~among(scored, apart)))


def _clusters(pairs: pa.Table, clusters: pa.Table) -> tuple[Positions, Positions]:
    label = integers(clusters.column("cluster"))
    left, right = pairs_of(pairs)
    return label[left], label[right]

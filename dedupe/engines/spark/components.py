"""Connected components of a graph too large for one machine, by large-star and small-star.

R. Kiveris et al., Connected Components in MapReduce and Beyond (2014): each contact is tied to the smallest
of its neighbours, first its larger neighbours, then its smaller ones, until nothing changes: about log²
rounds, however long the chains. Each round is written down, so that none is computed twice.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from dedupe.engines.spark.work_folder import WorkFolder


def components(pairs: DataFrame, folder: WorkFolder) -> DataFrame:
    """contact, label: the component of each contact of the pairs (left, right), named by its smallest."""
    ties = pairs.where("left <> right").selectExpr(
        "greatest(left, right) AS one", "least(left, right) AS other"
    )
    ties, before = folder.kept(ties.distinct(), "components"), None
    while before != (now := _sign(ties)):
        before = now
        ties = folder.kept(_small_star(_large_star(ties)), "components")
    labelled = ties.selectExpr("one AS contact", "other AS label")
    return labelled.union(ties.selectExpr("other AS contact", "other AS label")).distinct()


def _sign(ties: DataFrame) -> tuple[int, int]:
    """The same for the same ties, whatever their order."""
    row = ties.agg(f.count("*"), f.bit_xor(f.xxhash64("one", "other"))).collect()[0]
    return int(row[0]), int(row[1] or 0)


def _large_star(ties: DataFrame) -> DataFrame:
    """Every larger neighbour of a contact tied to the smallest neighbour."""
    both = ties.union(ties.selectExpr("other AS one", "one AS other"))
    least = both.groupBy("one").agg(f.least("one", f.min("other")).alias("least"))
    larger = both.where("other > one").join(least, "one")
    return larger.selectExpr("other AS one", "least AS other").distinct()


def _small_star(ties: DataFrame) -> DataFrame:
    """A contact and its smaller neighbours tied to the smallest of them."""
    least = ties.groupBy("one").agg(f.min("other").alias("least"))
    smaller = ties.join(least, "one").selectExpr("other AS one", "least AS other")
    itself = least.selectExpr("one", "least AS other")
    return smaller.union(itself).where("one <> other").distinct()

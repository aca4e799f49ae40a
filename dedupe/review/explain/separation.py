"""What holds two golden contacts apart though a pair between them is likely: one sentence for each reason."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dedupe.clustering.oversized_components import LARGEST
from dedupe.review.explain.cluster_merge import ClusterMerge, explain_cluster_merge
from dedupe.review.explain.scored_pair import PublishedScorer
from dedupe.storage import components, decisions, review_candidates
from dedupe.storage.database import Connection


def separation_reason(connection: Connection, scorer: PublishedScorer, left: UUID, right: UUID) -> str:
    """What keeps the golden contacts of these two source contacts apart, in words."""
    decided = decided_apart(connection, left, right)
    if decided is not None:
        return decided
    join = explain_cluster_merge(connection, scorer, left, right)
    if join.weight < join.link:
        return too_little_weight(join)
    return broken_component(connection, left, right) or (
        f"{member_counts(join)} weigh {join.weight:+.2f} bits together, and {join.link:+.2f} is enough; "
        "others of their component are in the way"
    )


def too_little_weight(join: ClusterMerge) -> str:
    worst = f"; most against it: {join.worst.told}" if join.worst else ""
    weight = f"weighs {join.weight:+.2f} bits of {join.link:+.2f}"
    return f"joining their clusters ({member_counts(join)}) {weight}{worst}"


def member_counts(join: ClusterMerge) -> str:
    return f"{join.left_members} + {join.right_members} contacts"


def decided_apart(connection: Connection, left: UUID, right: UUID) -> str | None:
    """A decision that keeps any two members of the two golden contacts apart, in words; None without one."""
    mine = review_candidates.companions(connection, [left])
    theirs = review_candidates.companions(connection, [right])
    for one in decisions.about(connection, [*mine, *theirs]):
        if one.revoked_at is None and _across(one.apart, mine, theirs):
            return f"decided different by {one.decided_by} on {one.decided_at:%Y-%m-%d} (decision {one.id})"
    return None


def broken_component(connection: Connection, left: UUID, right: UUID) -> str | None:
    """In words, that their component had too many contacts to be resolved as a whole; None if it had not."""
    if len(components.component(connection, [left, right])) <= LARGEST:
        return None
    return f"their component was larger than {LARGEST} contacts and broken at its weakest links"


def _across(sides: Sequence[Sequence[UUID]], mine: set[UUID], theirs: set[UUID]) -> bool:
    on_left = {at for at, side in enumerate(sides) if mine & set(side)}
    on_right = {at for at, side in enumerate(sides) if theirs & set(side)}
    return any(one != other for one in on_left for other in on_right)

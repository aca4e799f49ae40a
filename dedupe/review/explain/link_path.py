"""The link path: by which links two source contacts are one golden contact."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.storage import contact_status, review_candidates
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import CandidateMember


@dataclass(frozen=True, slots=True)
class PathLink:
    """One live link, as it was made: by the weights of its run."""

    left: str  # source:external id
    right: str
    weight: float  # bits
    probability: float
    cause: str  # match, decision
    run_id: UUID


def link_path(connection: Connection, left: CandidateMember, right: CandidateMember) -> list[PathLink]:
    """The fewest links that lead from one to the other within their golden contact, the direct one if it is
    there; empty where a cluster merge joined them by what no single link says."""
    members = sorted(review_candidates.companions(connection, [left.id, right.id]))
    rows = contact_status.links_between(connection, members, members)
    path = _path(rows, left.id, right.id)
    ends = {row[side] for row in path for side in ("left_contact", "right_contact")}
    key_of = {one.id: one.key for one in contact_status.by_ids(connection, ends)}
    return [
        PathLink(
            key_of[row["left_contact"]],
            key_of[row["right_contact"]],
            row["weight"] / BIT,
            row["probability"],
            row["cause"],
            row["run_id"],
        )
        for row in path
    ]


def _path(rows: list[dict[str, Any]], start: UUID, end: UUID) -> list[dict[str, Any]]:
    came_by: dict[UUID, list[dict[str, Any]]] = {start: []}
    waiting = deque([start])
    while waiting and end not in came_by:
        here = waiting.popleft()
        for row in rows:
            ends = (row["left_contact"], row["right_contact"])
            if here in ends:
                there = ends[1] if ends[0] == here else ends[0]
                if there not in came_by:
                    came_by[there] = [*came_by[here], row]
                    waiting.append(there)
    return came_by.get(end, [])

"""A golden contact's cluster as a drawing: source contacts on a circle, links as lines, strong ones thick.

graph(cluster) -> Graph
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from uuid import UUID

from dedupe.review.cluster import Cluster, Link

MOST_LINES = 200
"""Links drawn at most: those that hold the cluster together, and the strongest of the others (chosen)."""
_NODE, _GAP, _MARGIN = 13.0, 12.0, 4.0
_THINNEST, _THICKEST = 1.0, 7.0


@dataclass(frozen=True, slots=True)
class Node:
    number: int  # of the member, from 1
    key: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    link: Link
    left: Node
    right: Node
    width: float
    holds: bool  # one of those without which the cluster would fall apart, were the weaker ones not there


@dataclass(frozen=True, slots=True)
class Graph:
    """In a square of `size`. `weakest`: of the lines that hold it together."""

    size: float
    nodes: list[Node]
    lines: list[Line]
    left_out: int
    weakest: Line | None


def graph(cluster: Cluster) -> Graph:
    numbers = {one.source_contact: at for at, one in enumerate(cluster.members, 1)}
    keys = {one.source_contact: f"{one.source}:{one.external_id}" for one in cluster.members}
    holding = _holding(cluster.links)
    order = _around([one.source_contact for one in cluster.members], holding)
    radius = max(len(order) * (2 * _NODE + _GAP) / (2 * pi), 4.5 * _NODE)
    middle = radius + _NODE + _MARGIN
    nodes = {}
    for at, seed in enumerate(order):
        angle = 2 * pi * at / len(order) - pi / 2
        x, y = middle + radius * cos(angle), middle + radius * sin(angle)
        nodes[seed] = Node(numbers[seed], keys[seed], round(x, 1), round(y, 1))
    firm = {id(link) for link in holding}
    others = [link for link in cluster.links if id(link) not in firm][: max(MOST_LINES - len(holding), 0)]
    strongest = max((link.weight for link in cluster.links), default=1.0)
    lines = [
        Line(link, nodes[link.left], nodes[link.right], _width(link, strongest), id(link) in firm)
        for link in [*others, *holding]  # those that hold it lie on top
    ]
    weakest = min((line for line in lines if line.holds), key=lambda line: line.link.weight, default=None)
    return Graph(round(2 * middle, 1), list(nodes.values()), lines, len(cluster.links) - len(lines), weakest)


def _width(link: Link, strongest: float) -> float:
    """A decision is as firm as the strongest match."""
    share = 1.0 if link.cause == "decision" else max(link.weight, 0.0) / max(strongest, 1e-9)
    return round(_THINNEST + (_THICKEST - _THINNEST) * share, 1)


def _holding(links: Sequence[Link]) -> list[Link]:
    """The strongest links that join all whom links join: a tree of most weight."""
    head: dict[UUID, UUID] = {}

    def of(seed: UUID) -> UUID:
        while head.setdefault(seed, seed) != seed:
            seed = head[seed]
        return seed

    chosen = []
    for link in sorted(links, key=lambda one: (one.cause != "decision", -one.weight)):
        left, right = of(link.left), of(link.right)
        if left != right:
            head[left] = right
            chosen.append(link)
    return chosen


def _around(members: Sequence[UUID], holding: Sequence[Link]) -> list[UUID]:
    """The members in the order in which the tree is walked: who is held by whom stands side by side."""
    beside: dict[UUID, list[UUID]] = {seed: [] for seed in members}
    for link in holding:
        beside[link.left].append(link.right)
        beside[link.right].append(link.left)
    order: list[UUID] = []
    seen: set[UUID] = set()
    for first in members:
        waiting = [first]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                order.append(here)
                waiting += reversed(beside[here])
    return order

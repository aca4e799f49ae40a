"""The order of events: two that name a golden id in common are delivered one after the other, others at the
same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class NamesGoldenIds(Protocol):
    @property
    def ids(self) -> frozenset[UUID]:
        """The golden contact that it is of, and those that it concerns besides."""


E = TypeVar("E", bound=NamesGoldenIds)


def held_back(events: Sequence[E], waiting: Iterable[UUID]) -> tuple[list[E], list[E]]:
    """Those that may be delivered, and those that must wait behind an earlier event that waits: `waiting` are
    the golden ids named by such. Both in their order."""
    blocked, free, held = set(waiting), list[E](), list[E]()
    for event in events:
        if blocked.isdisjoint(event.ids):
            free.append(event)
        else:
            held.append(event)
            blocked |= event.ids
    return free, held


def chains(events: Sequence[E]) -> list[list[E]]:
    """Events as chains: within one in their order, and no two chains name a golden id in common."""
    chain_of: dict[UUID, list[E]] = {}
    for event in events:
        joined = list({id(chain): chain for each in event.ids if (chain := chain_of.get(each))}.values())
        if len(joined) == 1:
            chain = joined[0]
        else:  # two chains that come together: in the order of the events
            known = {id(one) for part in joined for one in part}
            chain = [one for one in events if id(one) in known]
        chain.append(event)
        for one in chain if len(joined) > 1 else [event]:
            chain_of.update(dict.fromkeys(one.ids, chain))
    return list({id(chain): chain for chain in chain_of.values()}.values())

"""What others judged and published since the snapshot of a full run, and judging it anew on top of that run.

Whole components are taken, by what is served and by what the run found: no pair of it reaches from a contact
among them to one that isn't. So of all others what the run found holds, and these are judged by an
incremental run of the full run's own model and term frequencies, which goes on from it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.numpy_columns import pairs_of, texts
from dedupe.clustering.clusters import components as connected
from dedupe.golden.differences import Causes
from dedupe.golden.tables import ID
from dedupe.pipeline.merge_inputs import Merged, MergeInputs
from dedupe.pipeline.partial_merge import PartialMerge
from dedupe.storage import changes, components, meanwhile, served_state
from dedupe.storage.database import Connection


@dataclass(frozen=True)
class JudgedSince:
    """Ids of source contacts; `changed` are those whose own change it was. `seen` are the notes of
    changes by then."""

    contacts: list[str]
    changed: list[str]
    seen: tuple[int, ...]


@dataclass(frozen=True)
class JudgedAgain:
    """Rows written by table, and what became of golden contacts, as `Difference.counts` has it."""

    written: dict[str, int]
    counts: dict[str, int]


@dataclass(frozen=True)
class RunTies:
    """Who is tied to whom by the pairs and clusters of a run."""

    merged: Merged

    def with_companions(self, ids: Collection[str]) -> set[str]:
        """These source contacts, and all in the components that the run has them in."""
        here = np.asarray(pc.is_in(self.merged.run.seeds, value_set=pa.array(sorted(ids), ID)))
        reached = np.isin(self._label, self._label[here])
        return {*ids, *texts(self.merged.run.seeds.filter(pa.array(reached)))}

    @cached_property
    def _label(self) -> Any:
        run, pairs = self.merged.run, self.merged.matching.pairs
        ends = [pairs_of(each) for each in (pairs.scored, pairs.links, *run.constraints)]
        ends.append((np.arange(len(run.seeds)), pairs.clusters["cluster"].to_numpy().astype(np.int64)))
        left, right = (np.concatenate([end[side] for end in ends]) for side in (0, 1))
        return connected(len(run.seeds), left, right)


def judged_since(connection: Connection, inputs: MergeInputs, ties: RunTies) -> JudgedSince:
    """What others judged since the snapshot; what they changed without judging it is left to the next run,
    but for who is gone and for decisions."""
    judged, notes = meanwhile.judged(connection), changes.notes(connection)
    later = sorted(set(notes.seen) - set(inputs.seen))
    reread = changes.to_reread(connection, later)
    changed = sorted({*judged.changed, *reread})
    reached = {*judged.contacts, *changed}
    if not reached:
        return JudgedSince([], [], notes.seen)
    return JudgedSince(sorted(_whole(connection, reached, ties)), changed, notes.seen)


def _whole(connection: Connection, some: set[str], ties: RunTies) -> set[str]:
    """All that is in a component with one of these, by what is served and by what the run found."""
    heirs = served_state.heirs(connection)
    while True:
        reached = ties.with_companions(components.component_of_ids(connection, some))
        # who comes back takes its own id from its heir again
        mine = heirs.filter(pc.is_in(heirs["heir"], value_set=pa.array(sorted(reached), ID)))
        reached.update(texts(mine["id"]))
        if reached == some:
            return reached
        some = reached


def judged_again(
    connection: Connection, merging: PartialMerge, others: JudgedSince, causes: Causes
) -> JudgedAgain:
    """Judge these by the run that has just been written, and publish what becomes of them."""
    worked = merging.work(connection, others.changed, others.contacts, grown_to=sys.maxsize)
    compared = merging.compare(connection, worked, causes.decided, causes.otherwise)
    return JudgedAgain(merging.write(connection, worked, compared), compared.difference.counts)

"""Differences between live and staged golden contacts: what was made, changed, merged, split or retired, the
rows to write, and the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, Mask, array, lists, mask, one, ranked, take
from dedupe.arrays.fingerprints import Prints
from dedupe.arrays.numpy_columns import rising
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID, LINKED

KINDS = ("made", "revived", "changed", "merged", "split", "retired")
MADE, REVIVED, CHANGED, MERGED, SPLIT, RETIRED = range(len(KINDS))

_EVENT: list[tuple[str, pa.DataType]] = [
    ("golden_id", ID),
    ("kind", pa.string()),  # of KINDS
    ("cause", pa.string()),
    ("members_before", pa.list_(ID)),
    ("members_after", pa.list_(ID)),
    ("related", pa.list_(ID)),  # where its members came from or went to
    ("because", pa.list_(ID)),  # its members, before or after, whose own change was news
]
EVENTS = pa.schema(_EVENT)

_RETIRED: list[tuple[str, pa.DataType]] = [("id", ID), ("successors", pa.list_(ID))]
RETIRED_IDS = pa.schema(_RETIRED)


@dataclass(frozen=True)
class Live:
    """What is served now, for all source contacts or for a scope of them that holds whole golden contacts
    only."""

    linked: pa.Table  # LINKED
    ids: Any  # golden ids
    prints: Prints  # of each
    retired: Any  # ids published before and not served now


@dataclass(frozen=True)
class Causes:
    """What happened since the last publishing, from which each event gets its cause."""

    news: Any  # source contacts that are new, changed or gone
    decided: Any  # source contacts that a decision made or revoked since is about
    otherwise: str = "shared value"  # configuration, model, code …: what changed for all
    act: str = "decision"  # what `decided` were part of; an erasure too


@dataclass(frozen=True)
class Difference:
    """What publishing has to write and remove; rows are positions in the staged tables."""

    written: Integers  # rows of golden.records that are new or show something else
    fresh: Any  # ids among them that are served from now on
    ended: (
        Any  # ids whose golden contacts show something else from now on, have other reasons, or are no more
    )
    gone: pa.Table  # RETIRED_IDS: ids served no longer, and where they lead
    linked: Integers  # rows of staged.linked to write
    unlinked: Any  # source contacts that are linked no longer
    events: pa.Table  # EVENTS, sorted by golden id
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        return not (len(self.written) or self.gone.num_rows or len(self.linked) or len(self.unlinked))


def differ(live: Live, staged: Staged, causes: Causes, everything: bool = False) -> Difference:
    """The difference between `live` and `staged`, with its events.

    With `everything`, each golden contact is written again, equal or not.
    """
    moves = _moves(live, staged)
    flows = _flows(moves)
    rows = moves.staged_row
    changed = moves.written & moves.served & moves.stays
    events = _events(moves, flows, changed, causes)
    linked = _links_to_write(live, staged)
    return Difference(
        written=np.sort(rows[moves.served if everything else moves.written]),
        fresh=take(moves.universe, np.flatnonzero(moves.served & ~moves.stays)),
        ended=take(moves.universe, np.flatnonzero(_ended(moves, staged, linked))),
        gone=_gone(moves, flows),
        linked=linked,
        unlinked=take(moves.contacts, np.flatnonzero((moves.before >= 0) & (moves.after < 0))),
        events=events,
        counts=_counts(moves, flows, events),
    )


@dataclass(frozen=True)
class _Moves:
    """Golden contacts as positions in `universe` and source contacts as positions in `contacts`, before and
    after."""

    universe: Any  # golden ids, in byte order
    contacts: Any  # source contacts, in byte order
    before: Integers  # for each source contact its golden contact, or −1
    after: Integers
    served: Mask  # for each golden contact: staged
    stays: Mask  # … live
    returns: Mask  # … published before, not live
    written: Mask  # … new, or shows something else
    staged_row: Integers  # … its row in golden.records, or −1


def _moves(live: Live, staged: Staged) -> _Moves:
    ids = [live.ids, staged.ids, live.linked["golden_id"], live.retired]
    universe, (old, new, linked, retired) = ranked(*ids)
    contact_columns = [live.linked["source_contact_id"], staged.linked["source_contact_id"]]
    contacts, (was, now) = ranked(*contact_columns)
    before, after = np.full(len(contacts), -1, np.int64), np.full(len(contacts), -1, np.int64)
    before[was] = linked
    after[now] = new[staged.row_of_member]
    staged_row = np.full(len(universe), -1, np.int64)
    staged_row[new] = np.arange(len(new))
    prints = np.zeros((2, len(universe)), np.uint64)
    prints[0, old], prints[1, new] = live.prints, staged.prints
    served, stays = _marks(len(universe), new), _marks(len(universe), old)
    written = served & (~stays | (prints[0] != prints[1]))
    returns = _marks(len(universe), retired)
    return _Moves(universe, contacts, before, after, served, stays, returns, written, staged_row)


def _ended(moves: _Moves, staged: Staged, linked: Integers) -> Mask:
    """The live golden contacts that are no more, show something else, or whose members (another one would
    show) are there for another reason."""
    relinked = _marks(len(staged.ids) + 1, staged.row_of_member[linked])  # the last: of those not staged
    return moves.stays & (moves.written | ~moves.served | relinked[moves.staged_row])


@dataclass(frozen=True)
class _Flows:
    """Pairs of golden contacts between which source contacts moved, each pair once."""

    origin: Integers
    target: Integers
    absorbed: Mask  # the origin is served no longer


def _flows(moves: _Moves) -> _Flows:
    moved = (moves.before >= 0) & (moves.after >= 0) & (moves.before != moves.after)
    count = len(moves.universe) + 1
    pairs = rising(moves.before[moved] * count + moves.after[moved])
    origin, target = np.divmod(pairs, count)
    return _Flows(origin, target, ~moves.served[origin])


def _gone(moves: _Moves, flows: _Flows) -> pa.Table:
    ids = np.flatnonzero(moves.stays & ~moves.served)
    successors = _lists(moves.universe, flows.origin, flows.target, ids)
    return pa.table([take(moves.universe, ids), successors], schema=RETIRED_IDS)


def _links_to_write(live: Live, staged: Staged) -> Integers:
    """Rows of `staged.linked` that are new, or have another golden contact, or another cause."""
    columns = [table[name] for name in LINKED.names for table in (live.linked, staged.linked)]
    _, (was, now) = ranked(*columns[:2])
    _, (golden_was, golden_now) = ranked(*columns[2:4])
    _, (cause_was, cause_now) = ranked(*columns[4:])
    count = max(int(was.max(initial=-1)), int(now.max(initial=-1))) + 1
    known = np.full((2, count), -1, np.int64)
    known[0, was], known[1, was] = golden_was, cause_was
    return np.flatnonzero((known[0, now] != golden_now) | (known[1, now] != cause_now))


def _events(moves: _Moves, flows: _Flows, changed: Mask, causes: Causes) -> pa.Table:
    """One event for each golden contact and kind; one that merged and split at once has two."""
    count = len(moves.universe)
    taken_in = _marks(count, flows.target[flows.absorbed])
    left = _marks(count, flows.origin) & moves.served
    both = moves.stays & moves.served
    kinds = {
        MADE: moves.served & ~moves.stays & ~moves.returns,
        REVIVED: moves.served & ~moves.stays & moves.returns,
        RETIRED: moves.stays & ~moves.served,
        MERGED: both & taken_in,
        SPLIT: both & left,
        CHANGED: changed & ~taken_in & ~left,
    }
    golden = np.concatenate([np.flatnonzero(where) for where in kinds.values()])
    kind = np.concatenate([np.full(int(where.sum()), number) for number, where in kinds.items()])
    order = np.lexsort((kind, golden))
    golden, kind = golden[order], kind[order]
    columns = [
        take(moves.universe, golden),
        take(pa.array(KINDS, pa.string()), kind),
        _causes(moves, golden, causes),
        _members(moves.contacts, moves.before, golden),
        _members(moves.contacts, moves.after, golden),
        _related(moves, flows, golden, kind),
        _because(moves, golden, causes),
    ]
    return pa.table(columns, schema=EVENTS)


def _related(moves: _Moves, flows: _Flows, golden: Integers, kind: Integers) -> Any:
    """The related golden ids of each event: of a merge the ids it took in, of a split or retirement those
    where its members are now, of a new golden contact those where its members came from."""
    count = len(moves.universe)
    inward = flows.absorbed | ~moves.stays[flows.target]
    outward = ~np.isin(kind, (MADE, REVIVED, MERGED))
    # one space of numbers for both directions: those that look outward stand `count` further on
    owner = np.concatenate([flows.target[inward], flows.origin + count])
    related = np.concatenate([flows.origin[inward], flows.target])
    return _lists(moves.universe, owner, related, golden + np.where(outward, count, 0))


def _because(moves: _Moves, golden: Integers, causes: Causes) -> Any:
    """The members of each event's golden contact, before or after, whose own change was news."""
    _, (here, news) = ranked(moves.contacts, causes.news)
    count = max(int(here.max(initial=-1)), int(news.max(initial=-1))) + 1
    contacts = np.flatnonzero(_marks(count, news)[here])
    before, after = moves.before[contacts], moves.after[contacts]
    moved = after != before
    owner, value = np.concatenate([before, after[moved]]), np.concatenate([contacts, contacts[moved]])
    return _lists(moves.contacts, owner[owner >= 0], value[owner >= 0], golden)


def _causes(moves: _Moves, golden: Integers, causes: Causes) -> Any:
    """The cause of each event: a decision, else a new, changed or gone source contact, else what changed for
    all."""
    known = [moves.contacts, causes.news, causes.decided]
    universe, (here, news, decided) = ranked(*known)
    is_new, is_decided = _marks(len(universe), news), _marks(len(universe), decided)
    came_or_went = (moves.before < 0) | (moves.after < 0)
    by_news = _touched(moves, is_new[here] | came_or_went)
    by_decision = _touched(moves, is_decided[here])
    cause = np.where(by_decision[golden], 0, np.where(by_news[golden], 1, 2))
    return take(pa.array([causes.act, "contact", causes.otherwise], pa.string()), cause)


def _touched(moves: _Moves, contacts: Mask) -> Mask:
    """The golden contacts that any of these source contacts belongs or belonged to."""
    golden = np.concatenate([moves.before[contacts], moves.after[contacts]])
    return _marks(len(moves.universe), golden[golden >= 0])


def _counts(moves: _Moves, flows: _Flows, events: pa.Table) -> dict[str, int]:
    kind = one(events["kind"])
    golden_contacts = {each: int(mask(pc.is_in(kind, value_set=array([each]))).sum()) for each in KINDS}
    absorbed = len(np.unique(flows.origin[flows.absorbed]))
    return {
        "made": golden_contacts["made"],
        "revived": golden_contacts["revived"],
        "changed": golden_contacts["changed"],
        "merged": absorbed,  # golden contacts that are now part of another
        "split": golden_contacts["split"],
        "retired": golden_contacts["retired"] - absorbed,
        "unchanged": int((moves.served & ~moves.written).sum()),
        "golden_contacts": int(moves.served.sum()),
        "golden_contacts_before": int(moves.stays.sum()),
        "source_contacts": int((moves.after >= 0).sum()),
    }


def _members(contacts: Any, golden_of: Integers, wanted: Integers) -> Any:
    inside = np.flatnonzero(golden_of >= 0)
    return _lists(contacts, golden_of[inside], inside, wanted)


def _lists(names: Any, owner: Integers, value: Integers, wanted: Integers) -> Any:
    """The names of the values of each wanted owner, ascending."""
    order = np.lexsort((value, owner))
    owner, value = owner[order], value[order]
    begin, end = np.searchsorted(owner, wanted), np.searchsorted(owner, wanted, side="right")
    size = end - begin
    place = np.repeat(np.arange(len(wanted)), size)
    at = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size) + begin[place]
    return lists(place, take(names, value[at]), len(wanted))


def _marks(count: int, at: Integers) -> Mask:
    marks = np.zeros(count, np.bool_)
    marks[at] = True
    return marks

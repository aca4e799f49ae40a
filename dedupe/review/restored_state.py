"""What was served before a run, as far as it can be served again: what a rollback stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.by_position import ranked
from dedupe.arrays.numpy_columns import texts
from dedupe.clustering.clusters import clusters_table, components
from dedupe.golden.pinning import pins_table
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.tables import HEIRS, ID, LINKED, GoldenTables
from dedupe.model import matched_kinds
from dedupe.resolution.outcome import LiveDecisions, run_contacts
from dedupe.review.explain.scored_pair import LoadScorer, contacts_table
from dedupe.review.publish_decision import PublishRules
from dedupe.storage import decisions, review_candidates, run_traces
from dedupe.storage.database import Connection
from dedupe.storage.run_traces import GoldenOf, RunTraces, Whereabouts

Groups = Mapping[str, Collection[str]]
"""Source contacts by the golden contact that they are to belong to; ids as text."""
MadeAnew = Callable[[Connection, Groups], Staged]
"""Makes golden contacts of what their source contacts say now."""


@dataclass(frozen=True)
class Before:
    """What was served before a run; source contacts and golden contacts as text."""

    golden: dict[str, list[str]]  # the golden contacts of before, with those of their members that are here
    prints: dict[str, int]  # what each of them showed
    partly_gone: dict[str, list[str]]  # those of which members are gone: they can't show what they showed
    contacts: list[str]  # all that the run touched, but those left
    left: frozenset[str]  # whose golden contacts stay as they are
    heirs: dict[str, str]  # who carries on the seeds of those that are gone
    overtaken: list[str]  # golden contacts that are no longer as the run left them


def before_run(connection: Connection, run_id: UUID, found: RunTraces) -> Before:
    """What of the state before a run can be served again."""
    touched = {*found.before, *found.after}
    where = run_traces.whereabouts(connection, touched)
    left = _left(found, where)
    contacts = sorted(touched - left)
    after = {contact: golden for contact, golden in found.after.items() if contact not in left}
    members, gone = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for contact in contacts:
        if contact in found.before:
            side = gone if contact in where.gone else members
            side[found.before[contact]].append(contact)
    now = run_traces.served_now(connection, contacts, set(after.values()))
    moved = {
        golden
        for contact in {*after, *now} - left
        for golden in {after.get(contact), now.get(contact)}
        if golden and now.get(contact) != after.get(contact)
    }
    overtaken = {*moved, *run_traces.shows_otherwise(connection, run_id, set(after.values()))}
    return Before(
        golden=dict(members),
        prints={golden: found.versions[golden] for golden in members},
        partly_gone={golden: members[golden] for golden in gone if golden in members},
        contacts=contacts,
        left=frozenset(left),
        heirs={one: min(members[golden]) for golden in gone if golden in members for one in gone[golden]},
        overtaken=sorted(overtaken),
    )


def _left(found: RunTraces, where: Whereabouts) -> set[str]:
    """The source contacts of pieces in which somebody was erased since, or a golden contact's version is kept
    no longer. A piece is what the run shared between the same golden contacts."""
    unkept = {one for one, golden in found.before.items() if golden not in found.versions}
    spoilt = {*unkept, *where.erased}
    if not spoilt:
        return set()
    pairs = [
        (one, f"golden {golden}") for side in (found.before, found.after) for one, golden in side.items()
    ]
    universe, (one, golden) = ranked(*(pa.array(ends, pa.string()) for ends in zip(*pairs, strict=True)))
    label = components(len(universe), one, golden)
    names = np.array(texts(universe), dtype=object)
    reached = names[np.isin(label, label[np.isin(names, sorted(spoilt))])]
    return {each for each in reached if not each.startswith("golden ")}


def skeleton(before: Before, made: Staged | None) -> Staged:
    """What is to be served, for `differ`: ids, prints and members, without the values."""
    prints = {golden: np.int64(print_).view(np.uint64) for golden, print_ in before.prints.items()}
    if made is not None:
        prints |= dict(zip(texts(made.ids), made.prints, strict=True))
    ids = sorted(before.golden)
    row = {golden: at for at, golden in enumerate(ids)}
    linked = [(contact, golden) for golden in ids for contact in before.golden[golden]]
    contacts, golden_of = ([one[side] for one in linked] for side in (0, 1))
    columns = (contacts, golden_of, ["as before"] * len(linked))  # a cause that no link has: all are written
    clusters = pa.array(range(len(ids)), pa.int64())
    members = pa.array([row[golden] for golden in golden_of], pa.int64())
    empty = pa.table({"cluster": pa.array([], pa.int64())})
    golden = GoldenTables(
        pa.table({"cluster": clusters}), empty, empty, empty, empty, pa.table({"cluster": members})
    )
    return Staged(
        golden=golden,
        ids=pa.array(ids, ID),
        seeds=pa.array(contacts, ID),
        prints=np.array([prints[each] for each in ids], np.uint64),
        heirs=HEIRS.empty_table(),
        linked=pa.table([pa.array(each, ID) for each in columns], schema=LINKED),
        strength=np.zeros(len(linked), np.int64),
    )


def maker(load_scorer: LoadScorer, rules: PublishRules) -> MadeAnew:
    """Makes golden contacts by the rules of a night, with live decisions about values and fields."""

    def make_anew(connection: Connection, groups: Groups) -> Staged:
        return _made_anew(connection, load_scorer, rules, groups)

    return make_anew


def _made_anew(
    connection: Connection, load_scorer: LoadScorer, rules: PublishRules, groups: Groups
) -> Staged:
    golden_of: GoldenOf = {contact: golden for golden, contacts in groups.items() for contact in contacts}
    ids = [UUID(each) for each in golden_of]
    found = review_candidates.members(connection, ids).values()
    members = sorted(found, key=lambda member: (member.source.encode(), member.external_id.encode()))
    seeds = pa.array([str(member.id) for member in members], ID)
    decided = LiveDecisions(
        decisions.judgements_around(connection, ids),
        decisions.pins(connection),
        decisions.value_judgements(connection),
    )
    identities = pa.array([member.identity_hash for member in members], pa.binary())
    run = run_contacts(contacts_table(members), seeds, identities, decided)
    first: dict[str, int] = {}
    label = [first.setdefault(golden_of[str(member.id)], at) for at, member in enumerate(members)]
    clusters = clusters_table(np.array(label, dtype=np.int64))
    staff = load_scorer(connection).staff
    golden = golden_records(
        run.contacts, clusters, rules.survivorship, pins_table(run.decided.pins, seeds), matched_kinds(staff)
    )
    staged = stage(golden, seeds, HEIRS.empty_table(), schemas.LINKS.empty_table())
    named = {at: golden for golden, at in first.items()}
    rows: Any = staged.golden.records["cluster"].to_pylist()
    return replace(staged, ids=pa.array([named[at] for at in rows], ID))

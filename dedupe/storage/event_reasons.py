"""The sentences of events: what they name, and who decided what, is read for many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.golden.event_words import NAMED, ContactNamed, DecisionTold, EventFacts, RollbackTold, sentence
from dedupe.storage.array_texts import array_text
from dedupe.storage.golden_contacts import Event
from dedupe.storage.tables import SCHEMA


def with_words(connection: Connection, events: Sequence[Event], *, discreet: bool = False) -> list[Event]:
    """The events with their sentences. `discreet`: neither who decided nor their note."""
    if not events:
        return []
    runs = _runs(connection, {event.run_id for event in events})
    decided = _decisions(connection, {event.decision_id for event in events if event.decision_id})
    facts = {event.position: _facts(event, runs, decided) for event in events}
    names = _names(connection, {one for each in facts.values() for one in _mentioned(each)})
    return [
        replace(event, words=sentence(facts[event.position], names, discreet=discreet)) for event in events
    ]


def caused_by(connection: Connection, decision: UUID) -> list[Event]:
    """The events that a decision, or a batch, caused by being made or revoked, in commit order."""
    return [Event(**row) for row in connection.execute(_CAUSED, {"decision": decision}).mappings()]


def caused_by_any(connection: Connection, decisions: Sequence[UUID]) -> dict[UUID, list[Event]]:
    """The same of many decisions and batches, by each; none of one that caused none."""
    found: dict[UUID, list[Event]] = {}
    for row in connection.execute(_CAUSED_BY_ANY, {"decisions": list(decisions)}).mappings():
        found.setdefault(row["decision_id"], []).append(Event(**row))
    return found


def members_after(connection: Connection, run_id: UUID, golden_ids: Sequence[UUID]) -> list[list[UUID]]:
    """The source contacts of each of these golden contacts as the events of a run left them."""
    asked = {"run": run_id, "ids": array_text(golden_ids)}
    return list(connection.execute(_AFTER, asked).scalars())


def _facts(event: Event, runs: Mapping[UUID, Any], decided: Mapping[UUID, DecisionTold]) -> EventFacts:
    run = runs.get(event.run_id)
    decision = decided.get(event.decision_id) if event.decision_id else None
    if decision is not None and decision.taken_back_at is not None:
        ended = run.ended_at if run is not None else event.occurred_at
        decision = replace(decision, taken_back=decision.taken_back_at <= ended)
    rollback = RollbackTold(run.who, run.undone_run_id, run.note) if run and run.undone_run_id else None
    return EventFacts(
        event.kind,
        event.cause,
        event.members_before,
        event.members_after,
        event.related,
        event.because,
        decision,
        rollback,
        run.model if run else None,
        run.code_version if run else None,
    )


def _mentioned(facts: EventFacts) -> Iterable[UUID]:
    """The source contacts that its sentence may name, and those of which it must know whether they are
    gone."""
    before, after = set(facts.before), set(facts.after)
    yield from [one for one in facts.after if one not in before][: NAMED + 1]
    yield from [one for one in facts.before if one not in after]
    yield from facts.because
    yield from list(facts.before)[:NAMED]
    if facts.decision:
        for side in facts.decision.sides:
            yield from list(side)[:NAMED]


def _runs(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in connection.execute(_RUNS, {"ids": array_text(ids)})}


def _decisions(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, DecisionTold]:
    """By their own id or their batch's."""
    found: dict[UUID, DecisionTold] = {}
    for row in connection.execute(_DECISIONS, {"ids": array_text(ids)}):
        sides: dict[int, list[UUID]] = {}
        for side, seed in row.members or []:
            sides.setdefault(side, []).append(UUID(seed))
        found[row.named] = DecisionTold(
            row.subject,
            row.verdict,
            row.field if row.subject != "contacts" else None,
            list(sides.values()),
            row.decided_by,
            row.decided_at,
            row.note,
            row.made,
            False,
            row.revoked_by,
            row.revoked_at,
        )
    return found


def _names(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, ContactNamed]:
    rows = connection.execute(_NAMES, {"ids": array_text(ids)})
    return {row.id: ContactNamed(row.name, row.gone) for row in rows}


_RUNS = text(f"""
    SELECT r.id, r.ended_at, r.code_version, m.name AS model, b.undone_run_id, b.rolled_back_by AS who, b.note
      FROM {SCHEMA}.merge_runs r
      LEFT JOIN {SCHEMA}.match_models m ON m.id = r.model_id
      LEFT JOIN {SCHEMA}.rollbacks b ON b.run_id = r.id
     WHERE r.id = ANY(CAST(:ids AS uuid[]))""")
_DECISIONS = text(f"""
    SELECT DISTINCT ON (asked.id) asked.id AS named, d.subject, d.verdict, d.field, d.decided_by,
           d.decided_at, d.note, d.revoked_by, d.revoked_at, count(*) OVER (PARTITION BY asked.id) AS made,
           (SELECT json_agg(json_build_array(m.side, m.source_contact_id)
                            ORDER BY m.side, m.source_contact_id)
              FROM {SCHEMA}.decision_members m WHERE m.decision_id = d.id) AS members
      FROM unnest(CAST(:ids AS uuid[])) AS asked(id)
      JOIN {SCHEMA}.decisions d ON d.id = asked.id OR d.batch_id = asked.id
     ORDER BY asked.id, d.id""")
_NAMES = text(f"""
    SELECT c.id,
           CASE WHEN c.gone_because = 'erased' THEN 'a contact of ' || s.name || ' that was erased'
                ELSE s.name || ':' || c.external_id END AS name,
           c.gone_at IS NOT NULL AS gone
      FROM {SCHEMA}.source_contacts c JOIN {SCHEMA}.sources s ON s.id = c.source_id
     WHERE c.id = ANY(CAST(:ids AS uuid[]))""")
_EVENTS = f"""
    SELECT position, golden_id, kind, cause, run_id, members_before, members_after, related, occurred_at,
           decision_id, because
      FROM {SCHEMA}.golden_events"""
_CAUSED = text(f"{_EVENTS} WHERE decision_id = :decision ORDER BY position")
_CAUSED_BY_ANY = text(f"{_EVENTS} WHERE decision_id = ANY(:decisions) ORDER BY position")
_AFTER = text(f"""
    SELECT DISTINCT members_after FROM {SCHEMA}.golden_events
     WHERE run_id = :run AND golden_id = ANY(CAST(:ids AS uuid[]))""")

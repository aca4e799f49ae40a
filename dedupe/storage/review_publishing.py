"""Making the review queue equal to what a run asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.arrays.numpy_columns import parents, whole
from dedupe.arrays.units import BIT
from dedupe.arrays.untyped import pc
from dedupe.storage.copying import array_text, copy_in
from dedupe.storage.staged_rows import is_empty, moment, stage_rows, with_constants
from dedupe.storage.tables import review_candidates

MANY = 10_000
"""Source contacts for which all candidates are read, rather than each looked up in their index. Measured: of
160,000 candidates all are read in 0.7 s, 20,000 look-ups take 1.1 s."""
_STEP = BIT // 4
"""A quarter of a bit (chosen): it changes the odds by a fifth, and a place in the queue by little."""


class Published(NamedTuple):
    """The number of candidates added, changed and removed by `publish`."""

    made: int
    changed: int
    removed: int


@dataclass(frozen=True)
class QueueDifference:
    """What `publish` would do: the ids of the candidates to write and to remove."""

    written: pa.Array[Any]
    removed: list[UUID]


def difference(connection: Connection, rows: pa.Table, model_id: UUID | None) -> QueueDifference | None:
    """How the whole queue differs from `rows`, for `publish` to go by later; None while there is no queue."""
    if is_empty(connection, review_candidates):
        return None
    stage_rows(connection, "staged_questions", review_candidates, rows)
    written = connection.execute(_WRITTEN, {"model_id": model_id, "step": _STEP}).scalars()
    ids = pa.array([str(each) for each in written], pa.string())
    return QueueDifference(ids, list(connection.execute(_REMOVED).scalars()))


def publish(
    connection: Connection,
    rows: pa.Table,
    run_id: UUID,
    model_id: UUID | None,
    within: Collection[UUID] | Collection[str] | None = None,
    spared: Collection[UUID] = (),
    known: QueueDifference | None = None,
) -> Published:
    """Make the queue equal to `rows` (`clustering.review_questions.QUESTIONS`).

    A candidate that asks the same on the same evidence keeps its row, with the weights that it was asked by:
    how frequent values are moves all weights a little with each contact that comes (decision 135). Under
    another model, or once its weight has moved by `_STEP`, it is written again.

    With `within`, only candidates that name one of these source contacts are replaced, because a decision
    publishes its component alone. Candidates that name one that is `spared` are left as they are. `known`:
    the difference, from which only what names one that is spared has changed since.
    """
    rows = _naming_none(rows, spared) if spared else rows
    if is_empty(connection, review_candidates):
        given = {"run_id": run_id, "model_id": model_id, "first_seen_at": moment(connection)}
        return Published(copy_in(connection, review_candidates, with_constants(rows, **given)), 0, 0)
    if known is not None:
        rows = rows.filter(pc.is_in(rows["id"], value_set=known.written))
    stage_rows(connection, "staged_questions", review_candidates, rows)
    parameters: dict[str, Any] = {"run_id": run_id, "model_id": model_id, "step": _STEP}
    touched, left = (_touched(connection, list(some)) for some in (within or (), spared))
    touched = touched if known is None else known.removed
    parameters["left"] = array_text(left)
    if within is None and known is None:
        return Published(*connection.execute(_PUBLISH, parameters).one())
    parameters["touched"] = array_text(touched)
    return Published(*connection.execute(_PUBLISH_WITHIN, parameters).one())


def _naming_none(rows: pa.Table, some: Collection[UUID]) -> pa.Table:
    """The candidates none of whose members is one of these."""
    ids = pa.array([str(each) for each in some], pa.string())
    found = np.zeros(rows.num_rows, np.bool_)
    for side in ("left_members", "right_members"):
        members = whole(rows, side)
        named = np.asarray(pc.is_in(members.flatten(), value_set=ids))
        found[parents(members)[named]] = True
    return rows.filter(pa.array(~found))


def _touched(connection: Connection, source_contacts: Sequence[Any]) -> list[UUID]:
    """The candidates that name one of these."""
    query = _NAMING if len(source_contacts) < MANY else _NAMING_ONE_OF_MANY
    return list(connection.execute(query, {"within": array_text(source_contacts)}).scalars())


def _without_weights(row: str) -> str:
    return f"""regexp_replace(CAST({row}.evidence AS text), '"weight": -?[0-9]+', '', 'g')"""


def _differs(new: str, model_id: str) -> str:
    """Whether the candidate `c` is to be written as it is in `new`, under that model."""
    return f"""(c.weight, c.probability, c.priority, CAST(c.evidence AS text), c.evidence_hash, c.cause,
              c.left_members, c.right_members)
             IS DISTINCT FROM
             ({new}.weight, {new}.probability, {new}.priority, CAST({new}.evidence AS text),
              {new}.evidence_hash, {new}.cause, {new}.left_members, {new}.right_members)
         AND (abs(c.weight - {new}.weight) >= :step
              OR c.model_id IS DISTINCT FROM {model_id}
              OR (c.left_members, c.right_members, c.evidence_hash, c.cause,
                  {_without_weights("c")})
                 IS DISTINCT FROM
                 ({new}.left_members, {new}.right_members, {new}.evidence_hash, {new}.cause,
                  {_without_weights(new)}))"""


_NAMING = text("""
      SELECT c.id FROM unnest(CAST(:within AS uuid[])) one
        JOIN dedupe.review_candidates c ON c.left_members @> ARRAY[one]
      UNION
      SELECT c.id FROM unnest(CAST(:within AS uuid[])) one
        JOIN dedupe.review_candidates c ON c.right_members @> ARRAY[one]""")
_NAMING_ONE_OF_MANY = text("""
      SELECT DISTINCT side.id
        FROM (SELECT s.id, unnest(s.left_members || s.right_members) AS member
                FROM dedupe.review_candidates s) side
        JOIN (SELECT unnest(CAST(:within AS uuid[])) AS member) wanted ON wanted.member = side.member""")


_PUBLISHED = f"""
    WITH staged AS (
      SELECT id, left_members, right_members, weight, probability, priority, evidence, evidence_hash, cause
        FROM staged_questions),
    removed AS (
      DELETE FROM dedupe.review_candidates c
       WHERE NOT EXISTS (SELECT FROM staged WHERE staged.id = c.id)
         {{among}}
         AND NOT c.id = ANY(CAST(:left AS uuid[]))
      RETURNING c.*),
    kept AS (
      INSERT INTO dedupe.replaced_rows (run_id, about, content)
      SELECT CAST(:run_id AS uuid), 'review_candidates', to_json(old) FROM (
        SELECT * FROM removed
        UNION ALL
        SELECT c.* FROM staged n JOIN dedupe.review_candidates c ON c.id = n.id
         WHERE {_differs("n", "CAST(:model_id AS uuid)")}) old),
    written AS (
      INSERT INTO dedupe.review_candidates AS c
             (id, left_members, right_members, weight, probability, priority, evidence, evidence_hash, cause,
              run_id, model_id, first_seen_at)
      SELECT n.*, CAST(:run_id AS uuid), CAST(:model_id AS uuid), clock_timestamp()
        FROM staged n LEFT JOIN dedupe.review_candidates c ON c.id = n.id
       WHERE c.id IS NULL OR ({_differs("n", "CAST(:model_id AS uuid)")})
      ON CONFLICT (id) DO UPDATE SET
             left_members = excluded.left_members, right_members = excluded.right_members,
             weight = excluded.weight, probability = excluded.probability, priority = excluded.priority,
             evidence = excluded.evidence, evidence_hash = excluded.evidence_hash, cause = excluded.cause,
             run_id = excluded.run_id, model_id = excluded.model_id
      RETURNING xmax = 0 AS made)
    SELECT count(*) FILTER (WHERE made), count(*) FILTER (WHERE NOT made),
           (SELECT count(*) FROM removed) FROM written"""
_PUBLISH = text(_PUBLISHED.format(among=""))
_PUBLISH_WITHIN = text(_PUBLISHED.format(among="AND c.id = ANY(CAST(:touched AS uuid[]))"))
_WRITTEN = text(f"""
    SELECT s.id FROM staged_questions s LEFT JOIN dedupe.review_candidates c ON c.id = s.id
     WHERE c.id IS NULL OR ({_differs("s", "CAST(:model_id AS uuid)")})""")
_REMOVED = text("""
    SELECT c.id FROM dedupe.review_candidates c
     WHERE NOT EXISTS (SELECT FROM staged_questions s WHERE s.id = c.id)""")

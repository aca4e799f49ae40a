"""Serving again what a run replaced: golden contacts as they were kept, with their source links, and the rows
of other tables, in the caller's transaction under the publish lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Table

from dedupe.arrays.by_position import array, take
from dedupe.arrays.untyped import pc
from dedupe.golden.differences import Difference
from dedupe.golden.rows import contact_rows, email_rows, phone_rows
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID
from dedupe.storage import golden_versions, tables
from dedupe.storage.copying import array_text
from dedupe.storage.published_rows import remove_rows, run, write_events, write_ids
from dedupe.storage.staged_rows import stage_rows, with_constants


@dataclass(frozen=True)
class RowsRestored:
    """Rows written or removed, by table."""

    golden_contacts: int
    source_links: int
    golden_ids: int
    golden_heirs: int
    golden_events: int
    golden_versions: int
    links: int
    review_candidates: int


@dataclass(frozen=True)
class Undone:
    """A run and what of it is undone. `made`: golden contacts that can't be as they were kept, made anew;
    `kept_aside`: source contacts whose golden contacts stay as they are."""

    run_id: UUID
    made: Staged | None
    kept_aside: Collection[str]
    heirs: Mapping[str, str]  # of source contacts that are gone and were still shown


def restore(
    connection: Connection, run_id: UUID, undone: Undone, staged: Staged, difference: Difference
) -> RowsRestored:
    """Serve what is staged, by what is kept of before the run that is undone; `difference` is that from what
    is served to what is staged."""
    versions = golden_versions.keep(connection, run_id, difference.ended)
    golden = _golden(connection, run_id, undone, staged, difference)
    links = _source_links(connection, run_id, undone.run_id, staged, difference)
    golden += remove_rows(connection, tables.golden_contacts, "id", difference.gone["id"])
    aside = {"run": undone.run_id, "aside": array_text(undone.kept_aside)}
    return RowsRestored(
        golden_contacts=golden,
        source_links=links,
        golden_ids=write_ids(connection, run_id, difference),
        golden_heirs=_heirs(connection, undone),
        golden_events=write_events(connection, run_id, difference.events),
        golden_versions=versions,
        links=sum(run(connection, each, **aside) for each in (_REMOVE_LINKS, _LINKS_AGAIN)),
        review_candidates=sum(
            run(connection, each, **aside) for each in (_REMOVE_CANDIDATES, _CANDIDATES_AGAIN)
        ),
    )


def _golden(
    connection: Connection, run_id: UUID, undone: Undone, staged: Staged, difference: Difference
) -> int:
    written = one_of(take(staged.ids, difference.written))
    made = pa.array([], ID) if undone.made is None else one_of(undone.made.ids)
    kept = written.filter(pc.invert(pc.is_in(written, value_set=made)))
    stage_rows(connection, "restored_ids", tables.golden_contacts, pa.table([kept], names=["id"]))
    known = {"run": undone.run_id, "run_id": run_id}
    count = run(connection, _CONTACTS_AGAIN, **known)
    for remove, again in _VALUES_AGAIN:
        run(connection, remove)
        run(connection, again, run=undone.run_id)
    return count + (0 if undone.made is None else _made(connection, run_id, undone.made))


def _made(connection: Connection, run_id: UUID, made: Staged) -> int:
    rows = np.arange(len(made.ids), dtype=np.int64)
    contacts = with_constants(contact_rows(made, rows), run_id=run_id)
    stage_rows(connection, "restored_ids", tables.golden_contacts, contacts.select(["id"]))
    stage_rows(connection, "made_contacts", tables.golden_contacts, contacts)
    count = run(connection, _insert(tables.golden_contacts, "made_contacts", ("id",), changed_at="now()"))
    for table, values in ((tables.golden_emails, email_rows), (tables.golden_phones, phone_rows)):
        run(connection, _remove_values(table))
        stage_rows(connection, "made_values", table, values(made, rows))
        run(connection, _insert(table, "made_values", ("golden_id", "value")))
    return count


def _source_links(
    connection: Connection, run_id: UUID, undone: UUID, staged: Staged, difference: Difference
) -> int:
    rows = staged.linked.take(array(difference.linked)).select(["source_contact_id", "golden_id"])
    stage_rows(connection, "restored_links", tables.source_links, rows)
    count = run(connection, _SOURCE_LINKS_AGAIN, run=undone, run_id=run_id)
    return count + remove_rows(connection, tables.source_links, "source_contact_id", difference.unlinked)


def _heirs(connection: Connection, undone: Undone) -> int:
    """Seeds of source contacts that were gone before the run, came back with it and are served no longer; and
    of those that are gone since."""
    count = run(connection, _HEIRS_AGAIN, run=undone.run_id)
    return count + sum(run(connection, _HEIR, id=seed, heir=heir) for seed, heir in undone.heirs.items())


def one_of(column: Any) -> Any:
    """The ids as one ID array."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.cast(ID)


def _insert(table: Table, source: str, key: tuple[str, ...], **given: str) -> str:
    names = [each.name for each in table.columns]
    values = [given.get(name, f"s.{name}") for name in names]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO dedupe.{table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {source} s"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


def _remove_values(table: Table) -> str:
    return f"DELETE FROM dedupe.{table.name} t USING restored_ids r WHERE t.golden_id = r.id"


_KEPT = """
    FROM dedupe.golden_versions v JOIN restored_ids r ON r.id = v.golden_id
   WHERE v.ended_run_id = CAST(:run AS uuid)"""
_CONTACTS_AGAIN = _insert(
    tables.golden_contacts,
    f"(SELECT (json_populate_record(CAST(NULL AS dedupe.golden_contacts), v.content -> 'golden')).* {_KEPT})",
    ("id",),
    run_id="CAST(:run_id AS uuid)",
    changed_at="now()",
)
_LIST = "ARRAY(SELECT json_array_elements_text(item -> '{name}'))"


def _values_again(table: Table, of: str, own: Mapping[str, str]) -> str:
    columns = {
        "golden_id": "v.golden_id",
        "position": "place - 1",
        "value": "item ->> 'value'",
        "key": f"v.content -> 'keys' -> '{of}' ->> CAST(place - 1 AS integer)",
        "attested": "item ->> 'attested'",
        "marks": _LIST.format(name="marks"),
        "source_contact_ids": f"CAST({_LIST.format(name='source_contacts')} AS uuid[])",
        **own,
    }
    items = f"CROSS JOIN json_array_elements(v.content -> '{of}') WITH ORDINALITY AS _ (item, place)"
    kept = _KEPT.replace("WHERE", f"{items} WHERE")
    return (
        f"INSERT INTO dedupe.{table.name} ({', '.join(columns)}) SELECT {', '.join(columns.values())} {kept}"
    )


_VALUES_AGAIN = [
    (_remove_values(table), _values_again(table, of, own))
    for table, of, own in (
        (tables.golden_emails, "emails", {}),
        (
            tables.golden_phones,
            "phones",
            {name: f"item ->> '{name}'" for name in ("extension", "type", "region")},
        ),
    )
]
_SOURCE_LINKS_AGAIN = """
    INSERT INTO dedupe.source_links AS t (source_contact_id, golden_id, cause, weight, run_id, linked_at)
    SELECT l.source_contact_id, l.golden_id, item ->> 'cause', CAST(item ->> 'weight' AS integer),
           CAST(:run_id AS uuid), now()
      FROM restored_links l
      JOIN dedupe.golden_versions v ON v.golden_id = l.golden_id AND v.ended_run_id = CAST(:run AS uuid)
      CROSS JOIN json_array_elements(v.content -> 'source_links') AS item
     WHERE CAST(item ->> 'source_contact' AS uuid) = l.source_contact_id
    ON CONFLICT (source_contact_id) DO UPDATE SET
           golden_id = excluded.golden_id, cause = excluded.cause, weight = excluded.weight,
           run_id = excluded.run_id,
           linked_at = CASE WHEN t.golden_id = excluded.golden_id THEN t.linked_at
                            ELSE excluded.linked_at END"""
_HEIRS_AGAIN = """
    INSERT INTO dedupe.golden_heirs (id, heir)
    SELECT CAST(r.content ->> 'id' AS uuid), CAST(r.content ->> 'heir' AS uuid)
      FROM dedupe.replaced_rows r
     WHERE r.run_id = CAST(:run AS uuid) AND r.about = 'golden_heirs'
       AND NOT EXISTS (SELECT FROM dedupe.source_links l
                        WHERE l.source_contact_id = CAST(r.content ->> 'id' AS uuid))
    ON CONFLICT (id) DO NOTHING"""
_HEIR = """
    INSERT INTO dedupe.golden_heirs (id, heir) VALUES (CAST(:id AS uuid), CAST(:heir AS uuid))
    ON CONFLICT (id) DO NOTHING"""
# What the run wrote goes, and what it replaced comes back, unless a later run that stands replaced that, too,
# or somebody whom it names is served no more.
_NAMES_NO_STRANGER = """
       AND NOT EXISTS (SELECT FROM unnest(named.members) AS one(id)
                        WHERE NOT EXISTS (SELECT FROM dedupe.source_links l
                                           WHERE l.source_contact_id = one.id))"""
_LATER = """
    WITH later AS MATERIALIZED (
      SELECT DISTINCT {key} AS key
        FROM dedupe.replaced_rows r JOIN dedupe.merge_runs m ON m.id = r.run_id
       WHERE r.about = '{about}' AND r.run_id <> CAST(:run AS uuid) AND m.status <> 'rolled_back'
         AND r.id > (SELECT max(id) FROM dedupe.replaced_rows WHERE run_id = CAST(:run AS uuid)))"""
_NOT_LATER = "AND NOT EXISTS (SELECT FROM later WHERE later.key = {key})"
_PAIR_KEY = "(r.content ->> 'left_contact') || (r.content ->> 'right_contact')"
_CANDIDATE_KEY = "r.content ->> 'id'"
_REMOVE_LINKS = """
    DELETE FROM dedupe.links l
     WHERE l.run_id = CAST(:run AS uuid)
       AND NOT ARRAY[l.left_contact, l.right_contact] && CAST(:aside AS uuid[])"""
_LINKS_AGAIN = f"""
    {_LATER.format(key=_PAIR_KEY, about="links")}
    INSERT INTO dedupe.links
    SELECT again.* FROM dedupe.replaced_rows r
      CROSS JOIN LATERAL json_populate_record(CAST(NULL AS dedupe.links), r.content) again
      CROSS JOIN LATERAL (SELECT ARRAY[again.left_contact, again.right_contact] AS members) named
     WHERE r.run_id = CAST(:run AS uuid) AND r.about = 'links'
       AND NOT named.members && CAST(:aside AS uuid[]) {_NAMES_NO_STRANGER}
       {_NOT_LATER.format(key=_PAIR_KEY)}
    ON CONFLICT (left_contact, right_contact) DO NOTHING"""
_REMOVE_CANDIDATES = """
    DELETE FROM dedupe.review_candidates c
     WHERE c.run_id = CAST(:run AS uuid)
       AND NOT (c.left_members || c.right_members) && CAST(:aside AS uuid[])"""
_CANDIDATES_AGAIN = f"""
    {_LATER.format(key=_CANDIDATE_KEY, about="review_candidates")}
    INSERT INTO dedupe.review_candidates AS c
    SELECT again.* FROM dedupe.replaced_rows r
      CROSS JOIN LATERAL json_populate_record(CAST(NULL AS dedupe.review_candidates), r.content) again
      CROSS JOIN LATERAL (SELECT again.left_members || again.right_members AS members) named
     WHERE r.run_id = CAST(:run AS uuid) AND r.about = 'review_candidates'
       AND NOT named.members && CAST(:aside AS uuid[]) {_NAMES_NO_STRANGER}
       {_NOT_LATER.format(key=_CANDIDATE_KEY)}
    ON CONFLICT (id) DO NOTHING"""

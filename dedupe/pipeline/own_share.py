"""What of a row is a person's own: what belongs to other people in it is left out, and counted.

A row may name other people: members of one golden contact that was wrong, the other side of a decision, the
rest of a page. And it may name those who worked with the person's data, who are people as well (the Court of
Justice of the EU, C-579/21): they are shown as `staff 1`, `staff 2` unless their names are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

Row = dict[str, Any]

STAFF = {
    "decisions": ("decided_by", "revoked_by"),
    "audit_samples": ("judged_by",),
    "access_log": ("who",),
    "review_opinions": ("who",),
    "rollbacks": ("rolled_back_by",),
}
"""Columns that name those who worked with the data, by table."""
_ALWAYS = {"id", "kind", "members", "run_id", "changed_at", "content_hash", "provenance", "identifiers"}
_SAID_OF_MANY = "what golden contacts show of other source contacts"


class OwnShare:
    """Keeps of each row what is the person's; `left_out` says how much was left out, by what it was.

    `ids`: the person's source contacts; `golden`: golden ids that are or were theirs; `whole`: golden
    contacts of which every member is theirs; `external_ids`: what their sources call them.
    """

    def __init__(
        self,
        ids: Collection[str],
        golden: Collection[str],
        whole: Collection[str],
        external_ids: Collection[str],
        *,
        staff: bool = False,
    ) -> None:
        self._ids, self._golden, self._whole = set(ids), set(golden), set(whole)
        self._external_ids, self._with_staff = set(external_ids), staff
        self._staff: dict[str, str] = {}
        self._others: Mapping[str, int] = {}
        self.left_out = Counter[str]()

    def of_decisions(self, others: Mapping[str, int]) -> None:
        """How many source contacts of other people each decision names."""
        self._others = others

    def of(self, table: str, row: Row) -> Row | None:
        """The row without what is others'; None where nothing of it is the person's alone."""
        keep = _KEEPS.get(table)
        kept = keep(self, dict(row)) if keep else self._plain(dict(row))
        for column in STAFF.get(table, ()) if kept else ():
            if kept is not None and not (table == "access_log" and kept["door"] == "webhook"):
                kept[column] = self.worker(kept[column])
        return kept

    def worker(self, name: str | None) -> str | None:
        """How somebody who worked with the data is shown."""
        if name is None or self._with_staff:
            return name
        return self._staff.setdefault(name, f"staff {len(self._staff) + 1}")

    @property
    def staff_unnamed(self) -> int:
        return len(self._staff)

    # --- one table after the other ---

    def _plain(self, row: Row) -> Row | None:
        """A row that is about one source contact; of one that is about a golden contact only if all of that
        is theirs."""
        if "source_contact_id" in row or "golden_id" not in row or row["golden_id"] in self._whole:
            return row
        self.left_out[_SAID_OF_MANY] += 1
        return None

    def _golden_contact(self, row: Row) -> Row:
        if row["id"] in self._whole:
            return row
        return self._shared_golden(row)

    def _shared_golden(self, row: Row) -> Row:
        provenance = row.get("provenance") or {}
        for column, value in row.items():
            if column in _ALWAYS or value is None or provenance.get(column) in self._ids:
                continue
            row[column] = None
            self.left_out[_SAID_OF_MANY] += 1
        row["provenance"] = {field: one for field, one in provenance.items() if one in self._ids}
        row["identifiers"] = self._values(row.get("identifiers") or [], "source_contacts")
        row["members"] = None
        return row

    def _values(self, items: list[Row], owners: str) -> list[Row]:
        """Values of a golden contact that came from the person's source contacts."""
        mine = [{**item, owners: self._mine(item[owners])} for item in items]
        self.left_out[_SAID_OF_MANY] += sum(not item[owners] for item in mine)
        return [item for item in mine if item[owners]]

    def _golden_value(self, row: Row) -> Row:
        return {**row, "source_contact_ids": self._mine(row["source_contact_ids"])}

    def _golden_version(self, row: Row) -> Row:
        others = self._count(row, "members")
        if not others:
            return row
        content = dict(row["content"])
        content["golden"] = self._shared_golden(dict(content["golden"]))
        for field in ("emails", "phones"):
            content[field] = self._values(content.get(field) or [], "source_contacts")
        links = content.get("source_links") or []
        content["source_links"] = [link for link in links if link["source_contact"] in self._ids]
        content.pop("keys", None)  # nobody knows whose they are
        return {**row, "content": content}

    def _event(self, row: Row) -> Row:
        self._count(row, "members_before")
        self._count(row, "members_after")
        self._count(row, "because")
        row["related"] = [one for one in row["related"] if one in self._golden]
        return row

    def _decision(self, row: Row) -> Row:
        evidence = row.get("evidence")
        if isinstance(evidence, dict) and isinstance(evidence.get("contents"), dict):
            mine = {seed: one for seed, one in evidence["contents"].items() if seed in self._ids}
            row["evidence"] = {**evidence, "contents": mine}
        if others := self._others.get(row["id"], 0):
            row["others"] = others
            self._without_words(row, "note", "revoked_note")
            if row["subject"] == "field":
                self._without_words(row, "value")
        return row

    def _sample(self, row: Row) -> Row:
        if self._count(row, "left_members") + self._count(row, "right_members"):
            self._without_words(row, "note")
        return row

    def _candidate(self, row: Row) -> Row:
        self._count(row, "left_members")
        self._count(row, "right_members")
        pairs = (row.get("evidence") or {}).get("pairs") or []
        mine = [pair for pair in pairs if pair["left"] in self._ids and pair["right"] in self._ids]
        self.left_out["how other people's contacts compare with theirs"] += len(pairs) - len(mine)
        row["evidence"] = {"pairs": mine}
        return row

    def _opinion(self, row: Row) -> Row:
        if self._count(row, "members"):
            self._without_words(row, "note")
        return row

    def _facets(self, row: Row) -> Row:
        """Values of both sides in one, and nobody knows whose they are; the person's stand in `contacts`."""
        return {**row, "words": None, "shared_values": None}

    def _link(self, row: Row) -> Row | None:
        if row["left_contact"] in self._ids and row["right_contact"] in self._ids:
            return row
        self.left_out["how other people's contacts compare with theirs"] += 1
        return None

    def _replaced(self, row: Row) -> Row | None:
        keep = self._link if row["about"] == "links" else self._candidate
        content = keep(dict(row["content"]))
        return None if content is None else {**row, "content": content}

    def _rollback(self, row: Row) -> Row:
        if self._count(row, "contacts"):
            self._without_words(row, "note")
        return row

    def _line(self, row: Row) -> Row:
        self._count(row, "golden_ids", self._golden)
        return row

    def _page(self, row: Row) -> Row:
        ids = row["external_ids"]
        if not ids or ids[-1] not in self._external_ids:
            row["cursor"] = None  # it stands behind somebody else
        self._count(row, "external_ids", self._external_ids)
        return row

    def _golden_id(self, row: Row) -> Row:
        row["successors"] = [one for one in row["successors"] if one in self._golden]
        return row

    # --- helpers ---

    def _mine(self, ids: list[str]) -> list[str]:
        return [one for one in ids if one in self._ids]

    def _count(self, row: Row, column: str, mine: Collection[str] | None = None) -> int:
        """Keep the person's ids in a column, and say in the row how many others there were."""
        known = self._ids if mine is None else mine
        kept = [one for one in row[column] if one in known]
        others = len(row[column]) - len(kept)
        row[column] = kept
        if others:
            row[f"others_in_{column}"] = others
            self.left_out["ids of other people"] += others
        return others

    def _without_words(self, row: Row, *columns: str) -> None:
        for column in columns:
            if row.get(column):
                row[column] = None
                self.left_out["notes that are about other people as well"] += 1


_KEEPS: dict[str, Callable[[OwnShare, Row], Row | None]] = {
    "golden_contacts": OwnShare._golden_contact,
    "golden_emails": OwnShare._golden_value,
    "golden_phones": OwnShare._golden_value,
    "golden_versions": OwnShare._golden_version,
    "golden_events": OwnShare._event,
    "golden_ids": OwnShare._golden_id,
    "decisions": OwnShare._decision,
    "audit_samples": OwnShare._sample,
    "review_candidates": OwnShare._candidate,
    "review_facets": OwnShare._facets,
    "review_opinions": OwnShare._opinion,
    "links": OwnShare._link,
    "replaced_rows": OwnShare._replaced,
    "rollbacks": OwnShare._rollback,
    "access_log": OwnShare._line,
    "sync_pages": OwnShare._page,
}

"""The answer to a person's request for access (GDPR article 15): everything stored of them, in one document.

preview(database, query, rules)          -> AccessScope: whose data it would hold
answer(database, visitor, query, rules)  -> AccessAnswer: the document, as JSON can hold it

docs/access-requests.md describes the document. It is read in one snapshot, and written into the access log.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dedupe import __version__
from dedupe.arrays.numpy_columns import integers
from dedupe.errors import IndexUnusable, InputError
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline import access_information as information
from dedupe.pipeline.access_scope import AccessQuery, AccessScope, Scoping
from dedupe.pipeline.own_share import OwnShare
from dedupe.pipeline.suppression_list import EMAIL, PHONE, hashed, spellings
from dedupe.storage import access_log, erasure_certificates, erasures, match_index, person_rows
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.person_rows import PersonIds

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
FORMAT = "contact-dedupe answer to an access request 1"
_ADDRESS = re.compile(r"""[^\s"'<>(),;:|\\]{1,64}@[^\s"'<>(),;:|\\@]{3,255}""")


@dataclass(frozen=True)
class AccessRules:
    """From the configuration: how raw is read, for how long what is kept (in words, by what), the key of the
    suppression list, and where webhooks lead to (host by name)."""

    normalize: NormalizeSettings = field(default_factory=NormalizeSettings)
    configured: Mapping[str, SourceSettings] = field(default_factory=dict)
    kept_for: Mapping[str, str] = field(default_factory=dict)
    erasure_key: bytes | None = None
    webhooks: Mapping[str, str] = field(default_factory=dict)


class SeveralPeople(InputError):
    """Several people hold what was asked for, and nobody can tell which of them asks."""


class ErasedMeanwhile(InputError):
    """Somebody was erased while the answer was made: perhaps the person, or only a value of theirs."""


@dataclass(frozen=True)
class AccessAnswer:
    scope: AccessScope
    document: dict[str, Any]

    @property
    def rows(self) -> int:
        return sum(len(part["rows"]) for part in self.document["data"].values())


def preview(database: Database, query: AccessQuery, rules: AccessRules) -> AccessScope:
    """Whose data the answer would hold. Raises as `answer` does, but for a shared value."""
    with database.begin(snapshot=True) as connection:
        return Scoping(connection, rules.normalize, rules.configured).scope(query)


def answer(database: Database, visitor: Visitor, query: AccessQuery, rules: AccessRules) -> AccessAnswer:
    """Everything stored of a person.

    Raises UnreadableValue and NotFound for a key that is none or unknown, NotFound where `only` names others
    than those found, SeveralPeople and ErasedMeanwhile.
    """
    with database.begin(snapshot=True) as connection:
        scoping = Scoping(connection, rules.normalize, rules.configured)
        scope = scoping.scope(query)
        if scope.undecided:
            golden = {one.golden_id or one.id for one in scope.aside}
            raise SeveralPeople(
                f"{len(golden):,} people hold what was asked for, and nobody can tell which of them asks: "
                "name the golden id as well, or their source contacts (only); nothing was written"
            )
        made = _Answering(connection, scoping, scope, query, rules)
        document = made.document()
        access_log.write(connection, visitor, "access request", made.ids.golden_ids)
        before = erasure_certificates.latest(connection)
    with database.begin() as connection:  # an erasure may have come while the snapshot was read
        gone = erasures.erased_among(connection, [str(one.id) for one in scope.included])
        if gone or erasure_certificates.latest(connection) != before:
            raise ErasedMeanwhile(
                "somebody was erased while the answer was made: ask again; nothing was written"
            )
    return AccessAnswer(scope, document)


def as_json(document: dict[str, Any]) -> bytes:
    """The document as UTF-8; halves of surrogate pairs, which UTF-8 can't hold, as escapes of JSON."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace") + b"\n"


class _Answering:
    """One answer, within its snapshot."""

    def __init__(
        self,
        connection: Connection,
        scoping: Scoping,
        scope: AccessScope,
        query: AccessQuery,
        rules: AccessRules,
    ) -> None:
        self._connection, self._raw, self._scope = connection, scoping.raw, scope
        self._query, self._rules = query, rules
        seeds = [one.id for one in scope.included]
        golden = person_rows.golden_ids_of(connection, seeds)
        self.ids = PersonIds(seeds, golden, (), ())
        self._emails = {*scope.values[EMAIL], *self._own(EMAIL)}
        self.ids = PersonIds(seeds, golden, self._emails, {*scope.values[PHONE], *self._own(PHONE)})
        members = person_rows.members_of(
            connection, {one.golden_id for one in scope.included if one.golden_id}
        )
        shared = {row["golden_id"] for row in members if row["source_contact_id"] not in set(seeds)}
        whole = {one.golden_id for one in scope.included if one.golden_id} - shared
        self._share = OwnShare(
            [str(one) for one in seeds],
            [str(one) for one in golden],
            [str(one) for one in whole],
            [one.external_id for one in scope.included],
            staff=query.staff,
        )
        self._share.of_decisions(person_rows.others_in_decisions(connection, seeds))
        self._look_at: list[str] = []

    def document(self) -> dict[str, Any]:
        data = {name: part for name, part in self._data() if part["rows"]}
        held = bool(self._scope.included or data)
        return {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(),
            "made_by": f"contact-dedupe {__version__}",
            "asked_for": list(self._query.keys),
            "data_held": held,
            "source_contacts": [
                {
                    "source": one.source,
                    "external_id": one.external_id,
                    "id": str(one.id),
                    "golden_id": str(one.golden_id) if one.golden_id else None,
                    "included_because": one.because,
                }
                for one in self._scope.included
            ],
            "information": {
                "categories": information.categories(data),
                "sources": self._sources(),
                "recipients": self._recipients(data),
                "kept_for": dict(self._rules.kept_for),
                **information.GENERAL,
            },
            "left_out": [{"what": what, "count": count} for what, count in self._left_out() if count],
            "look_at_before_handing_out": self._look_at,
            "may_be_held_elsewhere": list(information.ELSEWHERE),
            "data": data,
        }

    def _data(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for table in person_rows.reached():
            found = person_rows.rows(self._connection, table, self.ids)
            kept = (self._share.of(table.name, parse_stored(text)) for text in found)
            rows = [row for row in kept if row is not None]
            self._notes(table.name, rows)
            yield table.name, information.part(table.name, rows)
        yield "quarantine", information.part("quarantine", self._set_aside())
        yield "match_keys", information.part("match_keys", self._match_keys())
        yield "suppression_list", information.part("suppression_list", self._suppressed())

    def _notes(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Words that somebody wrote may be about others, which only a person can tell."""
        for at, row in enumerate(rows):
            words = [name for name in ("note", "revoked_note") if row.get(name)]
            self._look_at += [f"data.{table}.rows[{at}].{name}" for name in words]

    def _set_aside(self) -> list[dict[str, Any]]:
        """Rows that could not be read, in which an asked value or an email of theirs stands; those that hold
        an address of somebody else are left out."""
        values = {EMAIL: self._emails, PHONE: self._scope.values[PHONE]}
        rows: list[dict[str, Any]] = []
        for source, row in self._raw.set_aside(values):
            text = row.content.decode("utf-8", "replace")
            addresses = {one.lower() for one in _ADDRESS.findall(text)}
            if addresses - {one.lower() for one in values[EMAIL]}:
                self._share.left_out["unreadable rows that name other addresses as well"] += 1
                continue
            self._look_at.append(f"data.quarantine.rows[{len(rows)}].content")
            rows.append({"id": row.id, "source": source.name, "content": text})
        return rows

    def _own(self, kind: str) -> set[str]:
        """The emails or phones of their source contacts, in all spellings that are known."""
        table = next(one for one in person_rows.reached() if one.name == "contacts")
        found = set[str]()
        for text in person_rows.rows(self._connection, table, self.ids):
            for item in parse_stored(text)["content"].get(f"{kind}s") or ():
                found.update([*spellings(item), item.get("given") or ""])
        return found - {""}

    def _match_keys(self) -> list[dict[str, Any]]:
        try:
            held = match_index.keys_of(self._connection, [str(one) for one in self.ids.source_contacts])
        except IndexUnusable:
            return []  # derived, and made anew by the next night
        keys = np.unique(integers(held["key"]))
        return [{"key": key} for key in keys.tolist()]

    def _suppressed(self) -> list[dict[str, Any]]:
        """Entries of the suppression list by which the person is kept out."""
        key = self._rules.erasure_key
        if key is None:
            return []
        known = erasures.every(self._connection)
        asked = {
            hashed(key, by.kind, text)
            for by in self._scope.asked
            if by.kind in (EMAIL, PHONE)
            for text in by.spellings
        }
        return [{"kind": one.kind, "keyed_hash": one.keyed_hash.hex()} for one in sorted(asked & known)]

    def _sources(self) -> list[dict[str, Any]]:
        rows = person_rows.named(self._connection, self.ids.source_contacts)
        counted = Counter((row["source"], row["provider"]) for row in rows)
        return [
            {"source": source, "provider": provider, "source_contacts": count}
            for (source, provider), count in sorted(counted.items())
        ]

    def _recipients(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """To whom data was or may have been disclosed, by name (Court of Justice of the EU, C-154/21)."""
        if not self.ids.source_contacts:
            return {"webhooks": [], "exports": [], "seen": []}
        since = min(
            (datetime.fromisoformat(row["first_seen_at"]) for row in data["source_contacts"]["rows"]),
            default=datetime.now(UTC),
        )
        exports = person_rows.whole_exports(self._connection, since)
        seen = Counter((line["door"], line["action"]) for line in data.get("access_log", {}).get("rows", ()))
        return {
            "webhooks": [
                {**row, "host": self._rules.webhooks.get(row["webhook"])}
                for row in map(_plain, person_rows.told(self._connection, self.ids))
            ],
            "exports": [{**_plain(row), "who": self._share.worker(row["who"])} for row in exports],
            "seen": [{"door": door, "action": act, "times": times} for (door, act), times in seen.items()],
        }

    def _left_out(self) -> Iterator[tuple[str, int]]:
        aside = self._scope.aside
        yield (
            "other source contacts that hold an asked value, or share a golden contact",
            sum(not one.held_before for one in aside),
        )
        yield (
            "source contacts that held an asked value before, and hold it no more",
            sum(one.held_before for one in aside),
        )
        yield from sorted(self._share.left_out.items())
        yield "names of those who worked with the data", self._share.staff_unnamed


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}

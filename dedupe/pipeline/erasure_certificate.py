"""The certificate of an erasure: what was erased where, what is kept and why, so that it can be proved later.

It holds counts and keyed hashes, no value. Its canonical form is JSON with sorted keys, without white space,
in UTF-8 (RFC 8785 for what it holds); SHA-256 of that is its hash, HMAC-SHA256 by the erasure key its
signature. Each names the hash of the one before, so that none can be taken out unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from dedupe import __version__
from dedupe.errors import InputError
from dedupe.storage import erasure_certificates
from dedupe.storage.access_log import Visitor
from dedupe.storage.erasure_certificates import StoredCertificate
from dedupe.storage.revisions import newest

FORMAT = "contact-dedupe erasure certificate 1"
_SIGNED = b"certificate\0"  # so that the key's hashes of ids and values never stand for a signature
_AT_ONCE = 500

WHAT: dict[str, tuple[str, str]] = {
    "source_contacts": ("source contact erased", "source contacts erased"),
    "source_contact_versions": ("payload version", "payload versions"),
    "contacts": ("normalized contact", "normalized contacts"),
    "quarantine": ("unreadable row emptied", "unreadable rows emptied"),
    "sync_pages": ("page of ids masked", "pages of ids masked"),
    "golden_contacts": ("golden contact shown without them", "golden contacts shown without them"),
    "golden_versions": ("earlier version of a golden contact", "earlier versions of golden contacts"),
    "decisions": ("decision or its note", "decisions or their notes"),
    "decision_members": ("seen identity of a decision", "seen identities of decisions"),
    "audit_samples": ("note of an audit", "notes of audits"),
    "review_opinions": ("note of an opinion", "notes of opinions"),
    "rollbacks": ("note of a rollback", "notes of rollbacks"),
    "replaced_rows": ("replaced link or question", "replaced links or questions"),
    "match_index_keys": ("page of match keys written anew", "pages of match keys written anew"),
}
"""What goes by table, in words for one row and for several."""

NOT_REACHED = (
    "backups and exports made before",
    "files that contacts were imported from, reports and audit sheets written to files",
    "systems that were told or took exports before: see the acknowledgements of this erasure",
    "notes of decisions about others",
    "disk blocks that Postgres has not reused yet (VACUUM)",
)


@dataclass(frozen=True)
class AskedFor:
    """One of the words of an erasure, by its hash on the suppression list; `source`: of a source contact."""

    kind: str
    keyed_hash: bytes
    source: str | None = None


class Kept(NamedTuple):
    """How many of each are kept."""

    hashes: int
    tombstones: int
    decisions: int


_KEPT = {
    "hashes": (
        "keyed hashes (HMAC-SHA256) of ids, emails and phones",
        "so that the person is not stored again",
    ),
    "tombstones": (
        "tombstones without the provider's id",
        "so that golden ids stay those that were handed out",
    ),
    "decisions": (
        "decisions about these source contacts, ids alone, without notes",
        "so that other contacts stay together or apart as people decided",
    ),
}


@dataclass(frozen=True)
class Verified:
    """`problems`: what is wrong with a certificate, in words; `signed`: None where there is no key to tell.
    `stored`: this database holds the same."""

    id: UUID
    problems: tuple[str, ...]
    signed: bool | None
    stored: bool


def make(
    connection: Any,
    key: bytes,
    erasure: UUID,
    at: datetime,
    visitor: Visitor,
    asked: Sequence[AskedFor],
    erased: Mapping[str, int],
    kept: Kept,
    events: int,
    recipients: Sequence[str],
) -> StoredCertificate:
    """Make the certificate of an erasure and store it with it."""
    before = erasure_certificates.latest(connection)
    content = {
        "format": FORMAT,
        "id": str(erasure),
        "erased_at": at.astimezone(UTC).isoformat(),
        "erased_by": visitor.who,
        "door": visitor.door,
        "asked_for": [
            {"kind": one.kind, "keyed_hash": one.keyed_hash.hex()}
            | ({"source": one.source} if one.source else {})
            for one in asked
        ],
        "erased": {table: count for table, count in sorted(erased.items()) if count},
        "kept": [
            {"what": _KEPT[name][0], "count": count, "why": _KEPT[name][1]}
            for name, count in kept._asdict().items()
        ],
        "not_reached": list(NOT_REACHED),
        "told": {"events": events, "webhooks": list(recipients)},
        "software": {"name": "contact-dedupe", "version": __version__, "tables": newest()},
        "previous": before.content_hash.hex() if before else None,
    }
    form = canonical(content)
    made = StoredCertificate(erasure, at, content, hashlib.sha256(form).digest(), _mac(key, form))
    erasure_certificates.add(connection, made)
    return made


def canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def as_document(made: StoredCertificate) -> dict[str, Any]:
    """What is handed out and can be verified later."""
    return {"certificate": made.content, "sha256": made.content_hash.hex(), "hmac_sha256": made.mac.hex()}


def in_words(erased: Mapping[str, int]) -> list[str]:
    """What went besides source contacts, such as `3 payload versions`."""
    found = [(table, erased.get(table, 0)) for table in WHAT if table != "source_contacts"]
    return [f"{count:,} {WHAT[table][count != 1]}" for table, count in found if count]


def verified(connection: Any, key: bytes | None, document: Any) -> Verified:
    """Check a certificate as it was handed out, by itself and against what this database holds. Raises
    InputError for what is none."""
    try:
        content = document["certificate"]
        given = bytes.fromhex(document["sha256"]), bytes.fromhex(document["hmac_sha256"])
        erasure, known = UUID(content["id"]), content["format"] == FORMAT
        form = canonical(content)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            "it is no certificate of an erasure, as `dedupe erasures show --json` gives it"
        ) from None
    if not known:
        raise InputError(f"it is no certificate of the format {FORMAT!r}")
    problems = [*_problems(key, form, *given)]
    stored = next(iter(erasure_certificates.with_id(connection, erasure)), None)
    if stored is not None and stored.content_hash != hashlib.sha256(form).digest():
        problems.append("this database holds another certificate of this erasure")
    signed = None if key is None else hmac.compare_digest(_mac(key, form), given[1])
    return Verified(erasure, tuple(problems), signed, stored is not None)


def every_verified(connection: Any, key: bytes | None) -> Iterator[Verified]:
    """Check every certificate of this database, the latest first, and that each names the one before."""
    named: tuple[UUID, str | None] | None = None
    for one in _every(connection):
        form = canonical(one.content)
        problems = [*_problems(key, form, one.content_hash, one.mac)]
        if named is not None and named[1] != one.content_hash.hex():
            problems.append(
                f"the certificate {named[0]} names another one before it: one is missing, or was changed"
            )
        signed = None if key is None else hmac.compare_digest(_mac(key, form), one.mac)
        yield Verified(one.id, tuple(problems), signed, stored=True)
        named = one.id, one.content.get("previous")
    if named is not None and named[1] is not None:
        yield Verified(named[0], ("it names one before it that is missing",), None, stored=True)


def _every(connection: Any) -> Iterator[StoredCertificate]:
    before: UUID | None = None
    while some := erasure_certificates.listed(connection, _AT_ONCE, before):
        yield from some
        before = some[-1].id


def _problems(key: bytes | None, form: bytes, content_hash: bytes, mac: bytes) -> Iterator[str]:
    if hashlib.sha256(form).digest() != content_hash:
        yield "its hash is not that of its content: it was changed"
    if key is not None and not hmac.compare_digest(_mac(key, form), mac):
        yield "it isn't signed by this erasure key: it was changed, or made with another key"


def _mac(key: bytes, form: bytes) -> bytes:
    return hmac.digest(key, _SIGNED + form, hashlib.sha256)

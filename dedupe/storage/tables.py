"""Every table, and which of its columns can hold personal data.

Three groups. *Facts* are what providers sent, what people decided and the ids we handed out: they can't be
made again and are what `facts export` carries. *Derived* tables are a pure function of the facts, the
configuration and a saved match model. *Records* tell what was done. Each table says its group in
`info["group"]`.

Every text, JSON and binary column is made by `personal(...)` or `plain(...)`; the mark drives erasure, a
person's export and retention. All text collates "C", so that order is byte order on every server.

Migrations alone make or change tables; a test holds this module and them equal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.types import TypeEngine

SCHEMA = "dedupe"
PUBLIC_SCHEMA = "dedupe_v1"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

FACTS, DERIVED, RECORDS = "facts", "derived", "records"

_TEXT = Text(collation="C")
_JSON = JSON(none_as_null=True)  # json, not jsonb: kept byte for byte, and \u0000 is allowed


def _marked(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]], *rest: Any, personal_data: bool, **options: Any
) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, type_, *rest, info={"personal": personal_data}, **options)


def personal(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]] = _TEXT, *rest: Any, **options: Any
) -> Column[Any]:
    """A column that can hold personal data."""
    return _marked(name, type_, *rest, personal_data=True, **options)


def plain(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]] = _TEXT, *rest: Any, **options: Any
) -> Column[Any]:
    """A text, JSON or binary column that never holds personal data."""
    return _marked(name, type_, *rest, personal_data=False, **options)


def _required(name: str, type_: Any, *rest: Any, **options: Any) -> Column[Any]:
    return Column(name, type_, *rest, nullable=False, **options)


def _time(name: str, **options: Any) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, DateTime(timezone=True), **options)


def _contact(name: str, **options: Any) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, Uuid, ForeignKey("source_contacts.id", ondelete="CASCADE"), **options)


def _uuids(name: str) -> Column[Any]:
    return Column(name, ARRAY(Uuid), nullable=False)


def _table(name: str, group: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, info={"group": group})


# --- facts: what providers sent ---------------------------------------------------------------------------

sources = _table(
    "sources",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("name", unique=True),  # its key in the configuration
    plain("provider"),
    plain("account_fingerprint", nullable=True),  # tells a renamed source from a new account
    plain("checkpoint", _JSON, nullable=True),  # where the next incremental walk starts
    plain("profile", _JSON, nullable=True),  # fill rates and types of the last good run: contract drift
    _time("created_at"),
    _time("last_complete_at", nullable=True),
)

source_contacts = _table(
    "source_contacts",
    FACTS,
    Column("id", Uuid, primary_key=True),  # the seed: a UUIDv7, handed out when first stored
    _required("source_id", Uuid, ForeignKey("sources.id")),
    personal("external_id"),
    _time("first_seen_at"),
    _time("gone_at", nullable=True),  # tombstone; null while it lives
    plain("gone_because", nullable=True),
    UniqueConstraint("source_id", "external_id"),
)

source_contact_versions = _table(
    "source_contact_versions",
    FACTS,
    Column("id", BigInteger, Identity(), primary_key=True),
    _contact("source_contact_id"),
    plain("content_hash", LargeBinary),  # of the payload without volatile and never-stored fields
    personal("payload", _JSON),
    _time("observed_at"),
    Column("sync_run_id", Uuid, nullable=True),
    Index(None, "source_contact_id", "id"),
)

quarantine = _table(
    "quarantine",
    FACTS,
    Column("id", BigInteger, Identity(), primary_key=True),
    _required("source_id", Uuid, ForeignKey("sources.id")),
    Column("sync_run_id", Uuid, nullable=True),
    plain("place"),  # line 17, page 4 item 3 …
    plain("reason"),
    personal("content", LargeBinary),  # the bytes as they came
    _time("observed_at"),
    Index(None, "source_id", "id"),
)

sync_runs = _table(
    "sync_runs",
    FACTS,
    Column("id", Uuid, primary_key=True),
    _required("source_id", Uuid, ForeignKey("sources.id")),
    Column("run_id", Uuid, nullable=True),  # the night it belonged to
    plain("mode"),  # full, incremental, sample, file
    plain("status"),  # running, complete, incomplete, failed, held
    plain("reason", nullable=True),  # why incomplete, failed or held
    _time("started_at"),
    _time("ended_at", nullable=True),
    plain("counts", _JSON, nullable=True),  # rows, ids, pages, requests, retries, throttled seconds …
    CheckConstraint("status IN ('running', 'complete', 'incomplete', 'failed', 'held')", name="status"),
    Index(None, "source_id", "started_at"),
)

sync_pages = _table(
    "sync_pages",
    FACTS,
    _required("sync_run_id", Uuid, ForeignKey("sync_runs.id", ondelete="CASCADE")),
    _required("walk", SmallInteger),  # the first walk, the second …
    _required("page", Integer),
    personal("cursor", _JSON, nullable=True),  # whippy's holds a name
    personal("external_ids", ARRAY(_TEXT)),  # ids seen, in the page's order; "gone" is an anti-join
    _time("received_at"),
    PrimaryKeyConstraint("sync_run_id", "walk", "page"),
)

# --- facts: what people decided ---------------------------------------------------------------------------

decisions = _table(
    "decisions",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("subject"),
    plain("verdict"),
    personal("field", nullable=True),  # email, phone … of a value decision; the golden field of a pin
    personal("value", nullable=True),  # the match key of a value decision; the pinned value
    personal("decided_by"),
    plain("origin"),
    personal("note", server_default=text("''")),
    plain("evidence", _JSON, nullable=True),  # content hashes, model, weight that the decider saw
    _time("decided_at"),
    _time("revoked_at", nullable=True),
    personal("revoked_by", nullable=True),
    personal("revoked_note", nullable=True),
    CheckConstraint("subject IN ('contacts', 'value', 'field')", name="subject"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_whole"),
)

decision_members = _table(
    "decision_members",
    FACTS,
    _required("decision_id", Uuid, ForeignKey("decisions.id", ondelete="CASCADE")),
    _contact("source_contact_id"),
    _required("side", SmallInteger),  # "different" keeps sides apart; members of one side are not judged
    plain("identity_hash", LargeBinary, nullable=True),  # of the identifying fields as the decider saw them
    PrimaryKeyConstraint("decision_id", "source_contact_id"),
    Index(None, "source_contact_id"),
)

audits = _table(
    "audits",
    FACTS,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, nullable=True),  # the run whose golden contacts were drawn from
    Column("model_id", Uuid, nullable=True),
    _required("link", Integer),  # the thresholds of that run, in 1/1024 bit
    _required("review", Integer),
    _required("lowest", Integer),  # near misses were drawn from this weight on
    plain("strata", _JSON),  # [{kind, stratum, size}]: of what the samples are drawn
    personal("drawn_by"),
    _time("drawn_at"),
)

audit_samples = _table(
    "audit_samples",
    FACTS,
    _required("audit_id", Uuid, ForeignKey("audits.id", ondelete="CASCADE")),
    _required("number", Integer),
    plain("kind"),  # merged: one golden contact; near: two that may be one person
    plain("stratum"),
    _uuids("left_members"),
    _uuids("right_members"),  # empty for merged
    _required("probability", Double),  # that they are one person, as the model had it
    plain("verdict", nullable=True),  # same, different, unsure
    Column("people", SmallInteger, nullable=True),  # in a merged one that holds several
    Column("wrong_pairs", Integer, nullable=True),  # … and its pairs of two people
    personal("judged_by", nullable=True),
    _time("judged_at", nullable=True),
    personal("note", server_default=text("''")),
    Column("decision_id", Uuid, nullable=True),  # the decision that the judgement was made as well
    CheckConstraint("kind IN ('merged', 'near')", name="kind"),
    CheckConstraint("verdict IN ('same', 'different', 'unsure')", name="verdict"),
    PrimaryKeyConstraint("audit_id", "number"),
)

# --- facts: the ids we handed out, erasures, models, tokens -----------------------------------------------

golden_ids = _table(
    "golden_ids",
    FACTS,
    Column("id", Uuid, primary_key=True),
    Column("published_run_id", Uuid, nullable=True),
    _time("published_at"),
    _time("retired_at", nullable=True),  # null while it is served; set again when it comes back and goes
    _uuids("successors"),  # where a retired id leads to: one after a merge, several after a split
)

golden_heirs = _table(
    "golden_heirs",
    FACTS,
    Column("id", Uuid, primary_key=True),  # a seed whose source contact is gone; outlives even its erasure
    Column("heir", Uuid, nullable=True),  # who carries it on; null where nobody of its cluster was left
)

erasures = _table(
    "erasures",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("kind"),  # email, phone, source_contact
    plain("keyed_hash", LargeBinary),  # HMAC of the value: consulted before raw is stored
    _time("erased_at"),
    UniqueConstraint("kind", "keyed_hash"),
)

match_models = _table(
    "match_models",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("name"),
    plain("origin"),  # shipped, trained, imported
    plain("content", _JSON),
    plain("content_hash", LargeBinary),
    _time("created_at"),
    _required("active", Boolean, server_default=text("false")),
    Index("uq_match_models_active", "active", unique=True, postgresql_where=text("active")),
)

api_tokens = _table(
    "api_tokens",
    FACTS,
    Column("id", Uuid, primary_key=True),
    personal("name"),  # whose it is: the decider's name
    plain("token_hash", LargeBinary, unique=True),
    plain("scopes", ARRAY(_TEXT)),
    _time("created_at"),
    _time("expires_at", nullable=True),
    _time("revoked_at", nullable=True),
)

# --- derived ----------------------------------------------------------------------------------------------

contacts = _table(
    "contacts",
    DERIVED,
    _contact("source_contact_id", primary_key=True),
    _required("version_id", BigInteger),
    plain("kind"),
    personal("content", _JSON),  # the row of schemas.CONTACTS, without `contact`
    plain("identity_hash", LargeBinary),  # of names, emails, phones, identifiers and birth date
    plain("reader_version"),
    plain("normalizer_version"),
)

match_context = _table(
    "match_context",
    DERIVED,
    Column("run_id", Uuid, primary_key=True),
    personal("content", LargeBinary),  # value counts of the run, an Arrow IPC stream
)

links = _table(
    "links",
    DERIVED,
    _contact("left_contact"),
    _contact("right_contact"),
    _required("weight", Integer),  # in 1/1024 bit
    _required("probability", Double),
    plain("levels", _JSON),  # comparison: level
    plain("cause"),  # match, decision
    Column("run_id", Uuid, nullable=False),
    Column("model_id", Uuid, nullable=True),
    PrimaryKeyConstraint("left_contact", "right_contact"),
    Index(None, "right_contact"),
)

review_candidates = _table(
    "review_candidates",
    DERIVED,
    Column("id", Uuid, primary_key=True),  # derived from its members, so that it outlives the night
    _uuids("left_members"),
    _uuids("right_members"),
    _required("weight", Integer),  # of the strongest pair
    _required("probability", Double),
    _required("priority", Double),  # how much it matters; the queue's order
    plain("evidence", _JSON),  # pairs: left, right, levels, weight
    plain("evidence_hash", LargeBinary),  # what "outdated" and "asked again" compare
    plain("cause"),  # doubtful, held_apart, evidence_changed
    Column("run_id", Uuid, nullable=False),
    Column("model_id", Uuid, nullable=True),
    _time("first_seen_at"),
    Index(None, "priority"),
    Index(None, "left_members", postgresql_using="gin"),
    Index(None, "right_members", postgresql_using="gin"),
)

review_skips = _table(
    "review_skips",
    RECORDS,
    _required("candidate_id", Uuid),
    personal("who"),
    _time("skipped_at"),
    PrimaryKeyConstraint("candidate_id", "who"),
)

golden_contacts = _table(
    "golden_contacts",
    DERIVED,
    Column("id", Uuid, primary_key=True),
    plain("kind"),
    personal("display_name", nullable=True),
    personal("given_name", nullable=True),
    personal("middle_name", nullable=True),
    personal("family_name", nullable=True),
    personal("prefix", nullable=True),
    personal("suffix", nullable=True),
    personal("nickname", nullable=True),
    personal("company", nullable=True),
    personal("job_title", nullable=True),
    personal("street", nullable=True),
    personal("city", nullable=True),
    personal("region", nullable=True),
    personal("postcode", nullable=True),
    personal("country", nullable=True),
    personal("birth_date", nullable=True),  # YYYY-MM-DD, --MM-DD or YYYY
    personal("time_zone", nullable=True),
    personal("language", nullable=True),
    _required("blocked", Boolean),
    plain("preferences", _JSON),  # channel: allowed; the most restrictive wins
    personal("identifiers", _JSON),  # [{value, source_contacts}]
    plain("provenance", _JSON),  # field: source contact id
    _required("members", Integer),
    plain("content_hash", LargeBinary),  # of all it shows, emails and phones included
    Column("run_id", Uuid, nullable=False),  # the run that last changed it
    _time("changed_at"),
)


def _golden_value(name: str, *parts: Any) -> Table:
    return _table(
        name,
        DERIVED,
        _required("golden_id", Uuid, ForeignKey("golden_contacts.id", ondelete="CASCADE")),
        _required("position", SmallInteger),  # 0 is the one to use
        personal("value"),
        personal("key"),  # the strongest match key
        plain("attested"),
        plain("marks", ARRAY(_TEXT)),
        _uuids("source_contact_ids"),
        *parts,
        PrimaryKeyConstraint("golden_id", "value"),
        Index(None, "value"),
        Index(None, "key"),
    )


golden_emails = _golden_value("golden_emails")
golden_phones = _golden_value(
    "golden_phones",
    personal("extension", server_default=text("''")),
    plain("type", nullable=True),
    plain("region", nullable=True),
)

source_links = _table(
    "source_links",
    DERIVED,
    _contact("source_contact_id", primary_key=True),
    _required("golden_id", Uuid, ForeignKey("golden_contacts.id", ondelete="CASCADE")),
    plain("cause"),  # alone, match, decision
    Column("weight", Integer, nullable=True),  # of the strongest link that holds it in its cluster
    Column("run_id", Uuid, nullable=False),
    _time("linked_at"),
    Index(None, "golden_id"),
)

# --- records ----------------------------------------------------------------------------------------------

merge_runs = _table(
    "merge_runs",
    RECORDS,
    Column("id", Uuid, primary_key=True),
    plain("kind"),  # night, decision, import
    plain("status"),
    _time("started_at"),
    _time("ended_at", nullable=True),
    plain("code_version"),
    plain("configuration_hash"),
    Column("model_id", Uuid, nullable=True),
    plain("gate", _JSON, nullable=True),  # the numbers, the limits and what was over
    plain("report", _JSON, nullable=True),
    CheckConstraint(
        "status IN ('running', 'planned', 'held', 'published', 'unchanged', 'failed', 'superseded')",
        name="status",
    ),
    Index(None, "started_at"),
)

golden_events = _table(
    "golden_events",
    RECORDS,
    Column(
        "position", BigInteger, Identity(), primary_key=True
    ),  # commit order: written under the publish lock
    _required("golden_id", Uuid),
    plain("kind"),  # made, changed, merged, split, retired, revived
    plain("cause"),  # contact, decision, shared value, configuration, model, code, erasure
    _required("run_id", Uuid),
    _uuids("members_before"),
    _uuids("members_after"),
    _uuids("related"),  # merged: the ids it took in; split: the ids that left it
    _time("occurred_at"),
    Index(None, "golden_id", "position"),
    Index(None, "related", postgresql_using="gin"),  # an id's history holds what came to it through others
)

access_log = _table(
    "access_log",
    RECORDS,
    Column("id", BigInteger, Identity(), primary_key=True),
    personal("who"),
    plain("door"),  # cli, api, page
    plain("action"),  # lookup, show, review, decide …
    _uuids("golden_ids"),
    _time("occurred_at"),
    Index(None, "occurred_at"),
)

idempotency_keys = _table(
    "idempotency_keys",
    RECORDS,
    plain("key"),
    personal("who"),
    plain("request_hash", LargeBinary),
    plain("response", _JSON),
    _required("status_code", SmallInteger),
    _time("created_at"),
    PrimaryKeyConstraint("key", "who"),
)

# --- the public SQL contract ------------------------------------------------------------------------------

VIEWS: dict[str, str] = {
    "golden_contacts": """
        SELECT id, kind, display_name, given_name, middle_name, family_name, prefix, suffix, nickname,
               company, job_title, street, city, region, postcode, country, birth_date, time_zone,
               language, blocked, preferences, members, changed_at
        FROM dedupe.golden_contacts""",
    "golden_emails": """
        SELECT golden_id, position, value AS email, attested, marks FROM dedupe.golden_emails""",
    "golden_phones": """
        SELECT golden_id, position, value AS phone, extension, type, region, attested, marks
        FROM dedupe.golden_phones""",
    "source_links": """
        SELECT l.golden_id, s.name AS source, s.provider, c.external_id, c.id AS source_contact_id,
               l.cause, l.linked_at, l.run_id
        FROM dedupe.source_links l
        JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
        JOIN dedupe.sources s ON s.id = c.source_id""",
    "golden_ids": """
        SELECT id, published_at, retired_at, successors FROM dedupe.golden_ids""",
    "golden_events": """
        SELECT position, golden_id, kind, cause, run_id, members_before, members_after, related,
               occurred_at
        FROM dedupe.golden_events""",
}
"""View name to its query, in `PUBLIC_SCHEMA`."""

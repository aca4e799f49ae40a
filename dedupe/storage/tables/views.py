"""The public SQL contract."""

from __future__ import annotations

from typing import NamedTuple

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
               occurred_at, decision_id
        FROM dedupe.golden_events""",
}
"""The query of each view in `PUBLIC_SCHEMA`, by name."""


class ViewColumn(NamedTuple):
    name: str
    type: str  # as Postgres writes it
    meaning: str


class PublicView(NamedTuple):
    """What programs may rely on: a column keeps its name, type and meaning, and comments in the database say
    the same; columns may be added behind."""

    meaning: str
    columns: tuple[ViewColumn, ...]


_MARKS = ViewColumn("marks", "text[]", "what is known of it besides: role, free, shared, placeholder …")
_ATTESTED = ViewColumn("attested", "text", "where it comes from: channel, person, agent, import or unknown")
_POSITION = ViewColumn("position", "smallint", "0 is the one to use")
_OF_GOLDEN = ViewColumn("golden_id", "uuid", "the golden contact")
PUBLIC_VIEWS: dict[str, PublicView] = {
    "golden_contacts": PublicView(
        "Golden contacts that are served, one a row.",
        (
            ViewColumn("id", "uuid", "the golden id: it outlives merges, splits and rebuilds"),
            ViewColumn("kind", "text", "person, staff, group, bot or key"),
            ViewColumn("display_name", "text", "the whole name"),
            ViewColumn("given_name", "text", "given name"),
            ViewColumn("middle_name", "text", "middle name"),
            ViewColumn("family_name", "text", "family name"),
            ViewColumn("prefix", "text", "title before the name"),
            ViewColumn("suffix", "text", "generation or letters behind the name"),
            ViewColumn("nickname", "text", "nickname"),
            ViewColumn("company", "text", "company"),
            ViewColumn("job_title", "text", "job title"),
            ViewColumn("street", "text", "street and number"),
            ViewColumn("city", "text", "city"),
            ViewColumn("region", "text", "state, province or canton"),
            ViewColumn("postcode", "text", "postcode"),
            ViewColumn("country", "text", "country, ISO 3166-1 alpha-2 where it is known"),
            ViewColumn("birth_date", "text", "YYYY-MM-DD, --MM-DD without a year, or YYYY alone"),
            ViewColumn("time_zone", "text", "time zone, as IANA names it"),
            ViewColumn("language", "text", "language"),
            ViewColumn("blocked", "boolean", "a source says that this contact must not be approached"),
            ViewColumn("preferences", "json", "channel → whether it may be used; the most restrictive wins"),
            ViewColumn("members", "integer", "how many source contacts it is made of"),
            ViewColumn("changed_at", "timestamp with time zone", "when it last showed something else"),
        ),
    ),
    "golden_emails": PublicView(
        "Email addresses of golden contacts.",
        (_OF_GOLDEN, _POSITION, ViewColumn("email", "text", "the address"), _ATTESTED, _MARKS),
    ),
    "golden_phones": PublicView(
        "Phone numbers of golden contacts.",
        (
            _OF_GOLDEN,
            _POSITION,
            ViewColumn("phone", "text", "the number in E.164"),
            ViewColumn("extension", "text", "extension; empty for none"),
            ViewColumn("type", "text", "mobile, fixed_line …, where the number tells it"),
            ViewColumn("region", "text", "country of the number, ISO 3166-1 alpha-2"),
            _ATTESTED,
            _MARKS,
        ),
    ),
    "source_links": PublicView(
        "The crosswalk: which golden contact each source contact belongs to.",
        (
            _OF_GOLDEN,
            ViewColumn("source", "text", "the source's name in the configuration"),
            ViewColumn("provider", "text", "its provider"),
            ViewColumn("external_id", "text", "the contact's id at the source"),
            ViewColumn("source_contact_id", "uuid", "the contact's id here, for good"),
            ViewColumn("cause", "text", "why it is there: alone, match or decision"),
            ViewColumn(
                "linked_at", "timestamp with time zone", "since when it belongs to this golden contact"
            ),
            ViewColumn("run_id", "uuid", "the run that last wrote the link"),
        ),
    ),
    "golden_ids": PublicView(
        "Every golden id that was ever served.",
        (
            ViewColumn("id", "uuid", "the golden id"),
            ViewColumn("published_at", "timestamp with time zone", "when it was first served"),
            ViewColumn("retired_at", "timestamp with time zone", "since when it is not; null while it is"),
            ViewColumn("successors", "uuid[]", "where a retired id leads to: one after a merge, or several"),
        ),
    ),
    "golden_events": PublicView(
        "What happened to golden contacts.",
        (
            ViewColumn("position", "bigint", "commit order; gaps mean nothing"),
            ViewColumn("golden_id", "uuid", "the golden contact it is about"),
            ViewColumn("kind", "text", "made, changed, merged, split, retired, revived or erased"),
            ViewColumn(
                "cause",
                "text",
                "contact, decision, shared value, configuration, model, code, erasure, rollback",
            ),
            ViewColumn("run_id", "uuid", "the run that published it; of erased: the erasure"),
            ViewColumn("members_before", "uuid[]", "its source contacts before"),
            ViewColumn("members_after", "uuid[]", "its source contacts since"),
            ViewColumn("related", "uuid[]", "golden ids that its members came from or went to"),
            ViewColumn("occurred_at", "timestamp with time zone", "when it was published"),
            ViewColumn(
                "decision_id", "uuid", "the decision, or batch of them, whose making or revoking caused it"
            ),
        ),
    ),
}
"""The contract of each view in `PUBLIC_SCHEMA`, by name."""

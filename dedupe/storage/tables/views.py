"""The public SQL contract."""

from __future__ import annotations

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
"""The query of each view in `PUBLIC_SCHEMA`, by name."""

"""Every table, and which of its columns can hold personal data.

Three groups. *Facts* are what providers sent, what people decided and the ids that were handed out: they
can't be made again and are what `facts export` carries. *Derived* tables are a pure function of the facts,
the configuration and a saved match model. *Records* say what was done. Each table has its group in
`info["group"]`.

Every text, JSON and binary column is made by `columns.personal` or `columns.plain`; the mark drives erasure,
a person's export and retention. All text collates "C", so that order is byte order on every server.

One module for each subject. Only migrations make or change tables; a test compares the two.
"""

from dedupe.storage.tables.access import (
    access_log,
    api_tokens,
    erasure_acknowledgements,
    erasure_certificates,
    erasures,
    idempotency_keys,
    sign_ins,
)
from dedupe.storage.tables.changed import (
    changed_contacts,
    changes,
    held_contacts,
    judged_meanwhile,
    nights_at_work,
    settled,
)
from dedupe.storage.tables.columns import DERIVED, FACTS, PUBLIC_SCHEMA, RECORDS, SCHEMA, metadata
from dedupe.storage.tables.delivered import expired_events, subscriptions, undelivered_events
from dedupe.storage.tables.golden import (
    golden_contacts,
    golden_emails,
    golden_events,
    golden_heirs,
    golden_ids,
    golden_phones,
    golden_versions,
    replaced_rows,
    rollbacks,
    source_links,
)
from dedupe.storage.tables.indexed import (
    match_index,
    match_index_changes,
    match_index_contacts,
    match_index_keys,
)
from dedupe.storage.tables.judged import (
    audit_samples,
    audits,
    decision_members,
    decisions,
    review_candidates,
    review_skips,
)
from dedupe.storage.tables.matched import (
    contacts,
    grown_terms,
    links,
    match_context,
    match_models,
    merge_runs,
)
from dedupe.storage.tables.reviewed import review_claims, review_facets, review_opinions, review_views
from dedupe.storage.tables.scheduled import night_schedule, scheduled_nights
from dedupe.storage.tables.sent import (
    quarantine,
    source_contact_versions,
    source_contacts,
    sources,
    sync_pages,
    sync_runs,
)
from dedupe.storage.tables.told import told_changes, webhook_deliveries
from dedupe.storage.tables.views import PUBLIC_VIEWS, VIEWS
from dedupe.storage.tables.written import writebacks

__all__ = [
    "DERIVED",
    "FACTS",
    "PUBLIC_SCHEMA",
    "PUBLIC_VIEWS",
    "RECORDS",
    "SCHEMA",
    "VIEWS",
    "access_log",
    "api_tokens",
    "audit_samples",
    "audits",
    "changed_contacts",
    "changes",
    "contacts",
    "decision_members",
    "decisions",
    "erasure_acknowledgements",
    "erasure_certificates",
    "erasures",
    "expired_events",
    "golden_contacts",
    "golden_emails",
    "golden_events",
    "golden_heirs",
    "golden_ids",
    "golden_phones",
    "golden_versions",
    "grown_terms",
    "held_contacts",
    "idempotency_keys",
    "judged_meanwhile",
    "links",
    "match_context",
    "match_index",
    "match_index_changes",
    "match_index_contacts",
    "match_index_keys",
    "match_models",
    "merge_runs",
    "metadata",
    "night_schedule",
    "nights_at_work",
    "quarantine",
    "replaced_rows",
    "review_candidates",
    "review_claims",
    "review_facets",
    "review_opinions",
    "review_skips",
    "review_views",
    "rollbacks",
    "scheduled_nights",
    "settled",
    "sign_ins",
    "source_contact_versions",
    "source_contacts",
    "source_links",
    "sources",
    "subscriptions",
    "sync_pages",
    "sync_runs",
    "told_changes",
    "undelivered_events",
    "webhook_deliveries",
    "writebacks",
]

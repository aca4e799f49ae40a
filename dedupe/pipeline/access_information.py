"""What an answer to a request for access says besides the data (GDPR article 15, paragraph 1), as far as this
program knows it, and what its parts are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PARTS: dict[str, str] = {
    "access_log": "who looked at golden contacts that they are or were part of, by which door, and when",
    "audit_samples": "judgements of golden contacts that were drawn to measure how many are wrong",
    "changed_contacts": "that they changed and are to be matched anew",
    "contacts": "each source contact as it is read: values as given, normalized, and by which it is compared",
    "decision_members": "which of their source contacts a decision is about",
    "decisions": "what people decided about their source contacts, values and fields",
    "golden_contacts": "the golden contact: what is shown of them, and from which source contact it comes",
    "golden_emails": "email addresses of the golden contact",
    "golden_events": "what happened to golden contacts that they are or were part of",
    "golden_heirs": "who carries on the id of a source contact that is gone",
    "golden_ids": "golden ids that they are or were known by",
    "golden_phones": "phone numbers of the golden contact",
    "golden_versions": "what golden contacts showed of them before",
    "held_contacts": "that a change of theirs waits for the next night",
    "judged_meanwhile": "that they changed while a night computed",
    "links": "pairs of their source contacts that were linked: each comparison, its weight and probability",
    "match_index_changes": "hashes of match keys of those that changed since the last full night",
    "match_keys": "hashes of the match keys by which their source contacts are compared with others",
    "quarantine": "rows that could not be read, in which an asked value or an email of theirs stands",
    "replaced_rows": "links and questions about them that runs replaced",
    "review_candidates": "questions that wait: whether source contacts are one person",
    "review_facets": "what questions about them are narrowed by; what they hold stands in contacts",
    "review_opinions": "what reviewers thought of questions about them before these were decided",
    "rollbacks": "runs about them that were taken back, and the note on it",
    "source_contact_versions": "what sources sent of them, whole, each version and when it was seen",
    "source_contacts": "their contacts at sources: the id there, when first seen, whether it is gone",
    "source_links": "which golden contact each source contact belongs to, and why",
    "suppression_list": "keyed hashes by which they are kept out after an erasure",
    "sync_pages": "pages of lists of sources on which their ids were seen",
    "told_changes": "changes that sources told of by themselves",
    "writebacks": "where their golden id was written into the contacts of their sources",
}
"""What each part of the data is, in words."""

GENERAL: dict[str, Any] = {
    "automated_decisions": (
        "Source contacts are compared by name, email, phone, identifiers, birth date, company and place. "
        "Each comparison has a weight, learned from how often true and false pairs agree; the weights add up "
        "to a probability that two contacts are one person. Above the threshold for links they are shown as "
        "one golden contact, between the two thresholds a person is asked; what people decided goes before. "
        "data.links and data.source_links show the weights. This program decides nothing with legal or "
        "similarly significant effects; whether those who use golden contacts do, the controller adds."
    ),
    "rights": (
        "to rectification, erasure, restriction and objection, and to lodge a complaint with a supervisory "
        "authority (GDPR articles 15 to 21 and 77)"
    ),
    "the_controller_adds": [
        "who the controller is, and how to reach it and its data protection officer",
        "the purposes and the legal basis",
        "recipients of exports beyond those who made them, and of systems that read the SQL views",
        "transfers to third countries and their safeguards",
        "the supervisory authority",
        "what is held in the places of may_be_held_elsewhere",
    ],
}

ELSEWHERE = (
    "files that contacts were imported from, exports, reports and audit sheets written to files",
    "backups, facts exports and copies of the database",
    "match models hold weights alone, no contact; term frequencies hold counts of hashed values",
    "logs hold counts, keys and ids, no values",
    "systems of the recipients",
)
"""Where data of the person may be beside the database."""

_CATEGORIES = {
    "names": "names",
    "emails": "email addresses",
    "phones": "phone numbers",
    "identifiers": "identifiers and profiles",
    "company": "company and job",
    "job_title": "company and job",
    "street": "postal address",
    "city": "postal address",
    "birth": "date of birth",
    "preferences": "permission to be approached",
    "blocked": "permission to be approached",
}


def part(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"what": PARTS.get(name, f"rows of the table {name} about them"), "rows": rows}


def categories(data: Mapping[str, Any]) -> list[str]:
    """The categories of data that the person's source contacts hold."""
    found = {
        _CATEGORIES[name]
        for row in _rows(data, "contacts")
        for name, value in row["content"].items()
        if value and name in _CATEGORIES
    }
    if _rows(data, "source_contact_versions"):
        found.add("whatever else sources sent: see data.source_contact_versions")
    if _rows(data, "decisions"):
        found.add("decisions of people about them")
    if _rows(data, "access_log"):
        found.add("who looked at them")
    return sorted(found)


def _rows(data: Mapping[str, Any], name: str) -> Iterable[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = data.get(name, {}).get("rows", ())
    return rows

"""Comparing pairs of contacts: every fact's level for a batch of pairs."""

from __future__ import annotations

from dedupe.matching.coded import Positions
from dedupe.matching.compared import Compared
from dedupe.matching.comparing_circumstances import (
    compare_births,
    compare_companies,
    compare_sources,
    compare_streets,
    compare_towns,
)
from dedupe.matching.comparing_contact import compare_emails, compare_identifiers, compare_phones
from dedupe.matching.comparing_names import compare_names
from dedupe.matching.comparing_spelling import compare_spelling
from dedupe.matching.context import Context
from dedupe.matching.evidence import Evidence


def compare(evidence: Evidence, context: Context, left: Positions, right: Positions) -> Compared:
    """Levels of each fact for the pairs (left[i], right[i]), whichever of the two stands left."""
    compared = compare_names(evidence, context, left, right)
    compared["email"] = compare_emails(evidence, context, left, right, compared)
    compared |= compare_spelling(evidence, context, left, right, compared)
    compared["phone"] = compare_phones(evidence, context, left, right)
    compared["identifier"] = compare_identifiers(evidence, left, right)
    compared["company"] = compare_companies(evidence, context, left, right)
    compared["street"] = compare_streets(evidence, context, left, right)
    compared["town"] = compare_towns(evidence, context, left, right)
    compared["birth"] = compare_births(evidence, context, left, right)
    compared["source"] = compare_sources(evidence, context, left, right)
    return compared

"""Comparing pairs of contacts: every fact's level for a batch of pairs."""

from __future__ import annotations

from dedupe.matching.comparisons.attributes import (
    compare_births,
    compare_companies,
    compare_sources,
    compare_streets,
    compare_towns,
)
from dedupe.matching.comparisons.contact_points import compare_emails, compare_identifiers, compare_phones
from dedupe.matching.comparisons.email_vs_name import compare_spelling
from dedupe.matching.comparisons.names import compare_names
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Positions
from dedupe.matching.term_frequencies import TermFrequencies


def compare(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResults:
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

"""The levels of every comparison for a batch of pairs."""

from __future__ import annotations

from dedupe.matching.comparisons.attributes import (
    compare_births,
    compare_companies,
    compare_job_titles,
    compare_sources,
    compare_streets,
    compare_towns,
)
from dedupe.matching.comparisons.contact_points import compare_emails, compare_identifiers, compare_phones
from dedupe.matching.comparisons.email_vs_name import compare_email_names
from dedupe.matching.comparisons.generations_at_home import compare_generations
from dedupe.matching.comparisons.households import compare_households
from dedupe.matching.comparisons.names import compare_names
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Positions
from dedupe.matching.term_frequencies import TermFrequencies


def compare(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResults:
    """The result of each comparison, by its name, for the pairs (left[i], right[i]) of contact numbers.

    Symmetric: exchanging left and right changes no level and no count.
    """
    results = compare_names(features, term_frequencies, left, right)
    results |= compare_emails(features, term_frequencies, left, right, results)
    results |= compare_email_names(features, term_frequencies, left, right, results)
    results["phone"] = compare_phones(features, term_frequencies, left, right, results)
    results["identifier"] = compare_identifiers(features, term_frequencies, left, right)
    results["company"] = compare_companies(features, term_frequencies, left, right)
    results["job_title"] = compare_job_titles(features, term_frequencies, left, right)
    results["street"] = compare_streets(features, term_frequencies, left, right)
    results["suffix"] = compare_generations(features, term_frequencies, left, right, results)
    results["town"] = compare_towns(features, term_frequencies, left, right)
    results["birth"] = compare_births(features, term_frequencies, left, right)
    results["source"] = compare_sources(features, term_frequencies, left, right)
    results["household"] = compare_households(features, left, right)
    return results

"""Links to clusters under the pairs that people decided, review candidates, and the quality of clusters.
Pure.

Others use: `clusters`, `agglomerative`, `decided_constraints`, `review_candidates`, `review_questions`,
`metrics`, `expected_quality`, `audit_sampling`, `audit_estimates`, `merge_explanation`,
`oversized_components`.
"""

"""Links → clusters under the constraints that people decided, review questions, and how good clusters
are. Pure.

Others use: `clusters`, `agglomerative`, `decided_constraints`, `review_candidates`, `review_questions`,
`metrics`, `expected_quality`, `audit_sampling`, `audit_estimates`, `merge_explanation`,
`oversized_components`.
"""

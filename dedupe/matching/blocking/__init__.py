"""Blocking: rules make keys, and contacts that share one are candidate pairs, unless their block is
oversized.

Others may use `candidate_pairs`, `exact_duplicates`, `oversized_blocks`, `trace`, `analysis` and
`recall_estimate`.
"""

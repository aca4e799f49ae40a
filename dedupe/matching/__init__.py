"""Matching: which contacts are one person, from CONTACTS to scored pairs, as pure functions of Arrow tables.

Others may use the rooms as each of them says, `term_frequencies`, `pair_explanation` and `evidence_class`.
"""

"""Comparisons: the level of agreement of two contacts in each of their names, contact points and attributes.

Others may use `definitions` (all comparisons with their levels), `types`, `compare.compare` and its `result`.
"""

"""Helpers on Arrow columns and NumPy arrays that know nothing of contacts; every room above may use all of
them.

`hashing` and `fingerprints` hash content alike on every machine, `numpy_columns` converts between Arrow and
NumPy, `by_position` works on numbers by position, `distinct_values` on distinct values, `joining`
concatenates texts, `units` is the unit of match weights.
"""

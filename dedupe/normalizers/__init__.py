"""Normalization of given values: the normalized value and its match keys, or the reason why it is
rejected. Pure, total, idempotent.

Others use `contacts.normalize` and its `version`, `queries` (typed lookups), `outputs` and `settings`.
"""

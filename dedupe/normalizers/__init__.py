"""Given values → normalized values, match keys, or the reason why a value is rejected. Pure, total,
idempotent.

Others use `contacts.normalize` and its `version`, `queries` (what a person typed), `outputs` and `settings`.
"""

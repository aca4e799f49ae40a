"""Phone numbers: texts split and cleaned (`cleaning`), parsed as phonenumbers does (`parsing`), to E.164
(`normalize`).

Others use these and `match_keys`; `batch` works by the column, `missing_plus` recognizes international
numbers without a plus.
"""

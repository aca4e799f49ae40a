"""Phone numbers: texts cut and cleaned (`cleaning`), read as phonenumbers reads them (`parsing`), to
E.164 (`normalize`).

Others use these and `match_keys`; `batch` is the way by the column, `missing_plus` reads bare international
numbers.
"""

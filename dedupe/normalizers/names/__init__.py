"""Personal names: cleaned, taken into parts, titles and letters of honour apart; `batch` does so by the
column.

Others use `normalize`, `batch.normalize` and `nicknames`.
"""

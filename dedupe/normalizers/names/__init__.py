"""Personal names: cleaned and split into parts, without titles and post-nominal letters; `batch` works by
the column.

Others use `normalize`, `batch.normalize` and `nicknames`.
"""

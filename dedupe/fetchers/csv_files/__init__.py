"""CSV as a table of text columns (`read_csv`): well formed as RFC 4180 says it, by pyarrow; what isn't, row by row."""

from dedupe.fetchers.csv_files.reading import read_csv
from dedupe.fetchers.csv_files.tables import Quarantined, TextTable, distinct

__all__ = ["Quarantined", "TextTable", "distinct", "read_csv"]

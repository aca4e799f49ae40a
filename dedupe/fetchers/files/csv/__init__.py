"""CSV as a table of text columns (`read_csv`): by pyarrow what RFC 4180 calls well formed, else by rows."""

from dedupe.fetchers.files.csv.reading import read_csv
from dedupe.fetchers.files.csv.tables import Quarantined, TextTable, distinct

__all__ = ["Quarantined", "TextTable", "distinct", "read_csv"]

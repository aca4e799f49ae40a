"""Which encoding a file is in (`encoding_of`), its text (`text_of_file`), and text that was encoded twice
(`repaired`)."""

from dedupe.fetchers.files.encodings.detection import (
    Encoded,
    encoding_notes,
    encoding_of,
    encoding_of_bytes,
    is_known,
)
from dedupe.fetchers.files.encodings.double_encoding import repaired, repaired_table
from dedupe.fetchers.files.encodings.texts import text_of, text_of_file

__all__ = [
    "Encoded",
    "encoding_notes",
    "encoding_of",
    "encoding_of_bytes",
    "is_known",
    "repaired",
    "repaired_table",
    "text_of",
    "text_of_file",
]

"""Files of contacts: CSV, JSON, vCard, Parquet and JSON lines into given contacts, with a report of what
was understood.

Others use `read` (every format by one door) and `encodings` (which encoding bytes are in).
"""

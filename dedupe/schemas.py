"""The Arrow tables that pass between rooms, from `read` to publishing.

`contact` is an integer local to the run: the position of the source contact in byte order of (source,
external_id). Tables are sorted by it. Text keys are compared as UTF-8 bytes everywhere.
"""

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")

PREFERENCE = pa.struct([("channel", pa.string()), ("allowed", pa.bool_())])

GIVEN = pa.schema(
    [
        ("source", pa.string()),
        ("external_id", pa.string()),
        ("kind", pa.string()),
        (
            "names",
            pa.list_(
                pa.struct(
                    [
                        (part, pa.string())
                        for part in (
                            "full",
                            "given",
                            "middle",
                            "family",
                            "prefix",
                            "suffix",
                            "nickname",
                            "attested",
                        )
                    ]
                )
            ),
        ),
        ("emails", pa.list_(pa.struct([("given", pa.string()), ("attested", pa.string())]))),
        ("phones", pa.list_(pa.struct([("given", pa.string()), ("attested", pa.string())]))),
        (
            "identifiers",
            pa.list_(
                pa.struct(
                    [
                        ("namespace", pa.string()),
                        ("given", pa.string()),
                        ("unique", pa.bool_()),
                        ("attested", pa.string()),
                    ]
                )
            ),
        ),
        ("company", pa.string()),
        ("job_title", pa.string()),
        ("street", pa.string()),
        ("city", pa.string()),
        ("region", pa.string()),
        ("postcode", pa.string()),
        ("country", pa.string()),
        ("time_zone", pa.string()),
        ("language", pa.string()),
        ("birth", pa.string()),
        ("blocked", pa.bool_()),
        ("preferences", pa.list_(PREFERENCE)),
        ("created_at", TIME),
        ("changed_at", TIME),
        ("custom", pa.string()),  # JSON text
    ]
)
"""Contacts as providers gave them, one row for each source contact: `GivenContact` as columns."""

_KEYS = ("keys", pa.list_(pa.string()))  # match keys, the strongest first
_MARKS = ("marks", pa.list_(pa.string()))

NAME = pa.struct(
    [
        ("given", pa.string()),  # as written
        ("value", pa.string()),  # cleaned, for people
        ("given_name", pa.string()),
        ("middle_name", pa.string()),
        ("family_name", pa.string()),
        ("prefix", pa.string()),
        ("suffix", pa.string()),
        ("nickname", pa.string()),
        ("first", pa.string()),  # folded: lower-case Latin letters and single spaces
        ("middle", pa.string()),
        ("last", pa.string()),
        _KEYS,  # "first last" folded; its tokens sorted; phonetic …
        ("attested", pa.string()),
    ]
)
EMAIL = pa.struct(
    [
        ("given", pa.string()),
        ("value", pa.string()),  # normalized address
        ("local", pa.string()),  # local part folded, without tag and separators
        ("domain", pa.string()),  # ASCII, lower case
        _KEYS,  # the mailbox key; then weaker ones
        _MARKS,  # role, free, disposable, relay, noreply, placeholder, ours, near_miss, anothers
        ("attested", pa.string()),
    ]
)
PHONE = pa.struct(
    [
        ("given", pa.string()),
        ("value", pa.string()),  # E.164; null where nobody tells the country: compared by `keys` alone
        ("extension", pa.string()),
        ("type", pa.string()),  # mobile, fixed_line, fixed_line_or_mobile, toll_free, voip …
        ("region", pa.string()),  # ISO 3166 alpha-2, or 001
        ("region_from", pa.string()),  # number, country, place, other_number, email, source …
        _KEYS,  # digits after numbering plan moves; the subscriber part; national digits …
        _MARKS,  # ours, placeholder, repaired …
        ("attested", pa.string()),
    ]
)
IDENTIFIER = pa.struct(
    [
        ("given", pa.string()),
        ("value", pa.string()),  # namespace:value
        ("unique", pa.bool_()),
        _KEYS,
        ("attested", pa.string()),
    ]
)
COMPANY = pa.struct([("given", pa.string()), ("value", pa.string()), ("key", pa.string())])
PLACE = pa.struct(
    [
        ("street", pa.string()),  # as given
        ("city", pa.string()),
        ("region", pa.string()),
        ("postcode", pa.string()),
        ("country", pa.string()),  # ISO 3166 alpha-2 where recognized, else null
        ("street_key", pa.string()),  # folded
        ("city_key", pa.string()),
        ("region_key", pa.string()),
        ("postcode_key", pa.string()),
    ]
)
BIRTH = pa.struct(
    [
        ("year", pa.int16()),
        ("month", pa.int8()),
        ("day", pa.int8()),
        ("ambiguous", pa.bool_()),  # day and month might be swapped
        ("century_guessed", pa.bool_()),  # the year was told by two digits
        ("out_of_range", pa.bool_()),  # nobody alive is born then
    ]
)
REJECTED = pa.struct([("field", pa.string()), ("given", pa.string()), ("reason", pa.string())])

_CONTACTS: dict[str, pa.DataType] = {
    "contact": pa.int64(),
    "source": pa.string(),
    "external_id": pa.string(),
    "kind": pa.string(),
    "names": pa.list_(NAME),
    "emails": pa.list_(EMAIL),
    "phones": pa.list_(PHONE),
    "identifiers": pa.list_(IDENTIFIER),
    "company": COMPANY,
    "job_title": pa.string(),
    "job_title_key": pa.string(),  # its words folded, written out and in one order
    "place": PLACE,
    "birth": BIRTH,
    "time_zone": pa.string(),
    "language": pa.string(),
    "blocked": pa.bool_(),
    "preferences": pa.list_(PREFERENCE),
    "created_at": TIME,
    "changed_at": TIME,
    "custom": pa.string(),
    "rejected": pa.list_(REJECTED),
}
CONTACTS = pa.schema(_CONTACTS)
"""Normalized contacts: given value, normalized value and match keys side by side."""

KEYS = pa.schema([("contact", pa.int64()), ("rule", pa.int16()), ("key", pa.int64())])
"""Keys of blocking rules in long form; `key` is a content hash, `rule` an index into the model's blocking
rules."""

PAIRS = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("rules", pa.int64())])
"""Candidate pairs, left < right, sorted; `rules` is a bit set of the blocking rules that found them."""

LINKS = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("weight", pa.int32())])
"""Links, the pairs taken as one person; weight in 1/1024 bit."""

CLUSTERS = pa.schema([("contact", pa.int64()), ("cluster", pa.int64())])
"""The partition into clusters, one row for each contact; `cluster` is the smallest `contact` in it."""


def scored(comparisons: list[str]) -> pa.Schema:
    """The schema of scored pairs: an int8 comparison level for each comparison (−1 where a side is silent),
    `weight` in 1/1024 bit."""
    levels = [pa.field(name, pa.int8()) for name in comparisons]
    pair = [pa.field("left", pa.int64()), pa.field("right", pa.int64())]
    return pa.schema([*pair, *levels, pa.field("weight", pa.int32())])

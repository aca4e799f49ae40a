"""The fields of a given contact that a column of a file or a path in a payload can mean."""

from __future__ import annotations

NAMES = ("full_name", "given_name", "middle_name", "family_name", "prefix", "suffix", "nickname")
PLACE = ("street", "city", "region", "postcode", "country")
BIRTH_PARTS = ("birth_year", "birth_month", "birth_day")
FIELDS = frozenset(
    {
        *("record_id", "source", "email", "phone", "company", "job_title", "birth_date", "identifier"),
        *("language", "time_zone", "created_at", "updated_at", *NAMES, *PLACE, *BIRTH_PARTS),
    }
)
"""`identifier:NAMESPACE` and `custom` may be named by a mapping as well."""

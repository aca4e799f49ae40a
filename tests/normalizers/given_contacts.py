"""A factory of given contacts and a look at what became of them."""

from typing import Any

import pyarrow as pa

from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.schemas import CONTACTS, GIVEN

EVERYWHERE = NormalizeSettings(fallback_region="DE")


def given(*contacts: dict[str, Any]) -> pa.Table:
    rows = [
        {"source": "crm", "external_id": str(number), **contact} for number, contact in enumerate(contacts)
    ]
    return pa.Table.from_pylist(rows, schema=GIVEN)


def contact(**fields: Any) -> dict[str, Any]:
    """Emails, phones and names as plain texts or dicts."""
    for field, part in (("emails", "given"), ("phones", "given"), ("names", "full")):
        fields[field] = [{part: item} if isinstance(item, str) else item for item in fields.get(field, [])]
    return fields


def normalized(*contacts: dict[str, Any], settings: NormalizeSettings = EVERYWHERE) -> list[dict[str, Any]]:
    table = normalize(given(*contacts), settings)
    assert table.schema.equals(CONTACTS)
    table.validate(full=True)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows

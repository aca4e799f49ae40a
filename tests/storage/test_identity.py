"""What identifies a contact: when it changes, decisions about it are asked again."""

from typing import Any

from dedupe.storage.contact_rows import identity_hashes
from tests.matching.normalized_contacts import contact, contacts


def test_another_number_without_its_country_is_another_identity() -> None:
    def told(key: str) -> dict[str, Any]:
        row = contact(phone="+4915112345678")
        row["phones"][0] |= {"given": "0151 …", "value": None, "keys": [key, "sub:2345678"]}
        return row

    keys = ("nat:15112345678", "nat:15112345678", "nat:17112345678")
    one, same, other = identity_hashes(contacts(*map(told, keys))).to_pylist()
    assert one == same != other

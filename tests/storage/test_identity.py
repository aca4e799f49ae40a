"""What identifies a contact: when it changes, decisions about it are asked again."""

from dedupe.storage.contacts import identity_hash


def test_another_number_without_its_country_is_another_identity() -> None:
    def content(key: str) -> dict[str, list[dict[str, object]]]:
        return {"phones": [{"given": "0151 …", "keys": [key, "sub:2345678"]}]}

    assert identity_hash(content("nat:15112345678")) == identity_hash(content("nat:15112345678"))
    assert identity_hash(content("nat:15112345678")) != identity_hash(content("nat:17112345678"))


def test_of_a_number_with_its_country_match_keys_are_no_identity() -> None:
    known = {"value": "+4915112345678", "keys": ["+4915112345678"]}
    assert identity_hash({"phones": [known]}) == identity_hash({"phones": [{**known, "keys": []}]})

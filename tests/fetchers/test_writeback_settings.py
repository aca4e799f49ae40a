"""Which field holds the golden id, and how a payload reads without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.payloads import PreparedPayload, prepare
from dedupe.fetchers.registry import fetcher_for, mistakes_of
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings, unwritten

GOLDEN = "01900000-0000-7000-8000-00000000002a"
DESK, WHIPPY = WritebackSettings("custom_attributes.golden_id"), WritebackSettings("external_id")


@pytest.mark.parametrize(
    ("provider", "field", "said"),
    [
        ("digital99", "custom_attributes.golden_id", None),
        ("livedesk", "custom_attributes.customer-key", None),
        ("whippy", "external_id", None),
        ("digital99", "identifier", "digital99 holds it in custom_attributes.KEY"),
        ("digital99", "custom_attributes.a.b", "digital99 holds it in custom_attributes.KEY"),
        ("whippy", "name", "whippy holds it in external_id alone"),
        ("askelephant", "description", "no field that is free for an id"),
        ("openmrp", "handle", "changes none"),
        ("file", "id", "a file is read only"),
        ("acme", "id", "a declared provider is read only"),
    ],
)
def test_a_field_that_cannot_hold_a_golden_id_is_a_mistake(
    provider: str, field: str, said: str | None
) -> None:
    options = {"url": "https://acme.example/people"} if provider == "acme" else {}
    secrets = {"token": "t", "key": "k", "secret": "s"}
    own = SourceSettings("desk", provider, secrets=secrets, account_id="7", options=options)
    plain = mistakes_of(own)
    found = mistakes_of(
        SourceSettings(
            "desk",
            provider,
            secrets=secrets,
            account_id="7",
            options=options,
            writeback=WritebackSettings(field),
        )
    )
    new = [one for one in found if one not in plain]
    assert (said in new[0] and new[0].startswith("sources.desk.writeback")) if said else new == []


def test_our_own_value_is_as_if_nothing_had_been_written() -> None:
    assert unwritten({"external_id": GOLDEN, "name": "A"}, WHIPPY) == {"external_id": None, "name": "A"}
    held = {"custom_attributes": {"golden_id": GOLDEN, "plan": "gold"}}
    assert unwritten(held, DESK) == {"custom_attributes": {"plan": "gold"}}
    assert unwritten({"custom_attributes": {"golden_id": None}}, DESK) == {"custom_attributes": {}}


@pytest.mark.parametrize(
    "value", ["crm-17", GOLDEN.upper(), f"{GOLDEN} ", 17, "6f0ad4a0-2f4e-4b8e-9d42-8f1f5f3c1b11"]
)
def test_any_other_value_is_content(value: object) -> None:
    payload = {"external_id": value}
    assert unwritten(payload, WHIPPY) is payload


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_whatever_the_payload_is_nothing_else_changes(payload: object) -> None:
    for writeback in (DESK, WHIPPY):
        once = unwritten(payload, writeback)
        assert unwritten(once, writeback) == once
        if not isinstance(payload, dict):
            assert once == payload


def test_golden_ids_are_no_identifiers_and_no_attributes() -> None:
    own = SourceSettings("w", "whippy", secrets={"token": "t"}, writeback=WHIPPY)
    assert fetcher_for(own).read({"id": "1", "external_id": GOLDEN})["identifiers"] == []
    assert fetcher_for(own).read({"id": "1", "external_id": "crm-17"})["identifiers"] != []
    desk = SourceSettings("d", "digital99", account_id="7", secrets={"token": "t"}, writeback=DESK)
    attributes = {"golden_id": GOLDEN, "plan": "gold"}
    assert fetcher_for(desk).read({"id": 1, "custom_attributes": attributes})["custom"] == {"plan": "gold"}


def test_what_we_wrote_leaves_the_hash_as_it_was() -> None:
    own = SourceSettings("d", "digital99", account_id="7", secrets={"token": "t"}, writeback=DESK)
    before = prepare(fetcher_for(own), {"id": 1, "custom_attributes": {}})
    after = prepare(fetcher_for(own), {"id": 1, "custom_attributes": {"golden_id": GOLDEN}})
    other = prepare(fetcher_for(own), {"id": 1, "custom_attributes": {"golden_id": "crm-17"}})
    assert isinstance(before, PreparedPayload)
    assert isinstance(after, PreparedPayload)
    assert isinstance(other, PreparedPayload)
    assert before.content_hash == after.content_hash != other.content_hash
    assert GOLDEN in after.payload  # raw is kept as sent

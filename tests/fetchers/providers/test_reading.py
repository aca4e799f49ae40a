"""`read` of every provider: payloads in the shape of their pages, and any JSON at all."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.fetchers.given import given_table
from dedupe.fetchers.payloads import content_hash, prepare, without
from dedupe.fetchers.providers import askelephant, chatwoot, openmrp, whippy
from dedupe.fetchers.registry import PROVIDERS, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import Attested, Kind

LIVEDESK = {
    "additional_attributes": {
        "city": "",
        "country": "",
        "telegram": "",
        "description": "",
        "company_name": "",
        "country_code": "",
        "social_profiles": {"github": "", "twitter": "", "facebook": "", "linkedin": "", "instagram": ""},
    },
    "availability_status": "offline",
    "email": "support@jiguang.cn",
    "id": 318763,
    "name": "support",
    "phone_number": None,
    "blocked": False,
    "identifier": "4444",
    "thumbnail": "",
    "custom_attributes": {},
    "last_activity_at": 1765441908,
    "created_at": 1765441895,
    "contact_inboxes": [
        {
            "source_id": "src_001",
            "inbox": {"id": 10, "name": "Customer Service Channel", "channel_type": "Channel::Api"},
        }
    ],
}
DIGITAL99 = {
    "additional_attributes": {},
    "availability_status": "offline",
    "email": "string",
    "id": 0,
    "name": "string",
    "phone_number": "string",
    "identifier": "string",
    "thumbnail": "string",
    "custom_attributes": {"attribute_key": "attribute_value"},
    "conversations_count": 0,
    "blocked": False,
    "created_at": 0,
    "contact_inboxes": [{"source_id": "string", "inbox": {}}],
}
WHIPPY = {
    "id": "4b9e8c02-7ff0-4d2f-9d0a-d5f4b1d3c1aa",
    "external_id": "crm-7",
    "name": "John",
    "first_name": None,
    "last_name": "Doe",
    "email": "john@example.org",
    "phone": "+12025550123",
    "state": "open",
    "blocked": False,
    "language": "en",
    "address": {
        "address_line_one": "1 Main St",
        "address_line_two": "",
        "city": "Austin",
        "post_code": "78701",
    },
    "birth_date": {"day": 7, "month": 3, "year": 1980},
    "communication_preferences": [{"channel": {"type": "sms"}, "opt_in": False}],
    "contact_tags": [{"name": "vip"}],
    "created_at": "2024-01-02T03:04:05",
    "updated_at": "2024-02-03T04:05:06.123456Z",
}
ASKELEPHANT = {
    "id": "cnt_01",
    "created_at": "2024-01-02T03:04:05.000Z",
    "updated_at": "2024-02-03T04:05:06.789Z",
    "first_name": "Jo",
    "last_name": None,
    "company": {"id": "cmp_9", "object": "company"},
    "emails": [
        {"email": "b@example.org", "is_primary": False},
        {"email": "a@example.org", "is_primary": True},
    ],
    "phone_numbers": [{"phone_number": "+1-555-0100", "is_primary": True}],
    "crm_association": {"id": "0031", "object_type": "contact", "source": "Salesforce"},
}


def test_the_chatwoot_family_s_own_examples():
    given = chatwoot.read(LIVEDESK)
    assert given["emails"] == [{"given": "support@jiguang.cn", "attested": Attested.UNKNOWN}]
    assert given["identifiers"] == [{"namespace": "identifier", "given": "4444"}]
    assert given["phones"] == []
    assert given["created_at"].isoformat() == "2025-12-11T08:31:35+00:00"
    assert chatwoot.read(DIGITAL99)["custom"] == {"attribute_key": "attribute_value"}


@pytest.mark.parametrize(
    ("channel", "source_id", "given"),
    [
        ("Channel::Whatsapp", "4915112345678", "+4915112345678"),
        ("Channel::TwilioSms", "+4915112345678", "+4915112345678"),
        ("Channel::TwilioSms", "whatsapp:+4915112345678", "+4915112345678"),
        ("Channel::Whatsapp", "US.AbC123", None),
        ("Channel::TwilioSms", "whatsapp:US.AbC123", None),
        ("Channel::Api", "4915112345678", None),
    ],
)
def test_a_number_that_a_channel_carries_is_attested(channel, source_id, given):
    payload = {"contact_inboxes": [{"source_id": source_id, "inbox": {"channel_type": channel}}]}
    phones = [{"given": given, "attested": Attested.CHANNEL}] if given else []
    assert chatwoot.read(payload)["phones"] == phones


def test_the_contact_s_own_number_is_attested_by_the_channel_that_carries_it():
    inbox = {"source_id": "4915112345678", "inbox": {"channel_type": "Channel::Whatsapp"}}
    payload = {"phone_number": "+49 151 12345678", "contact_inboxes": [inbox]}
    assert chatwoot.read(payload)["phones"] == [{"given": "+49 151 12345678", "attested": Attested.CHANNEL}]


def test_whippy():
    given = whippy.read(WHIPPY)
    assert given["names"] == [{"full": "John", "family": "Doe"}]
    assert (given["birth"], given["street"], given["postcode"]) == ("1980-03-07", "1 Main St", "78701")
    assert given["preferences"] == [{"channel": "sms", "allowed": False}]
    assert given["created_at"].isoformat() == "2024-01-02T03:04:05+00:00"
    assert whippy.read({**WHIPPY, "state": "blocked"})["blocked"]


@pytest.mark.parametrize(
    ("date", "birth"),
    [
        ({"day": 7, "month": 3}, "--03-07"),
        ({"year": 1980}, "1980"),
        ({"day": None, "month": 3, "year": 1980}, "1980"),
        ({"day": "x", "month": 3}, None),
        (None, None),
        ("1980", None),
    ],
)
def test_whippy_s_birth_dates(date, birth):
    assert whippy.birth(date) == birth


def test_askelephant():
    given = askelephant.read(ASKELEPHANT)
    assert [one["given"] for one in given["emails"]] == ["a@example.org", "b@example.org"]
    assert given["identifiers"] == [{"namespace": "salesforce", "given": "0031"}]
    assert given["custom"] == {"company_id": "cmp_9"}


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("user", Kind.STAFF),
        ("api_key", Kind.KEY),
        ("agent", Kind.BOT),
        ("group", Kind.GROUP),
        ("new", Kind.BOT),
    ],
)
def test_openmrp_s_actors(kind, becomes):
    given = openmrp.read({"id": "act_1", "type": kind, "name": "N", "handle": "jo@example.org"})
    assert given["kind"] is becomes
    assert given.get("emails", []) == ([{"given": "jo@example.org"}] if kind == "user" else [])


def test_openmrp_s_users_can_be_customers():
    own = SourceSettings("plant", "openmrp", options={"users": "person"})
    assert fetcher_for(own).read({"type": "user", "name": "Jo"})["kind"] is Kind.PERSON


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoilt(draw, payload):
    """A payload of which some parts were replaced by any JSON."""
    made = dict(payload)
    for key in draw(st.lists(st.sampled_from(sorted(payload)), max_size=4)):
        value = made[key]
        inner = isinstance(value, dict) and value and draw(st.booleans())
        if inner:
            made[key] = {**value, draw(st.sampled_from(sorted(value))): draw(json_values)}
        elif isinstance(value, list) and draw(st.booleans()):
            made[key] = [*value, draw(json_values)]
        else:
            made[key] = draw(json_values)
    return made


OPENMRP = {"id": "act_1", "type": "user", "name": "N", "handle": "h", "role": {"id": "r", "name": "admin"}}
EXAMPLES: dict[str, Any] = {
    "openmrp": OPENMRP,
    "digital99": {**LIVEDESK, **DIGITAL99},
    "whippy": WHIPPY,
    "askelephant": ASKELEPHANT,
    "livedesk": LIVEDESK,
}


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "file"])
@settings(deadline=None)
@given(st.data())
def test_read_never_raises_on_any_json(provider, data):
    fetcher = fetcher_for(SourceSettings("crm", provider))
    payload = data.draw(json_values | spoilt(EXAMPLES[provider]))
    given_table([("crm", "1", fetcher.read(payload))]).validate(full=True)
    fetcher.changed_at(payload)
    prepare(fetcher, payload)


def test_volatile_fields_do_not_change_the_hash():
    volatile = frozenset({"availability_status"})
    one = content_hash({"a": 1, "availability_status": "online"}, volatile)
    assert one == content_hash({"availability_status": "offline", "a": 1}, volatile)
    assert one != content_hash({"a": 2}, volatile)


def test_ids_as_numbers_and_as_text_are_one():
    fetcher = fetcher_for(SourceSettings("crm", "digital99"))
    assert {fetcher.external_id({"id": one}) for one in (7, "7", 7.0)} == {"7"}
    assert fetcher.external_id({"id": None}) is fetcher.external_id(["x"]) is None


def test_what_is_never_stored_is_dropped():
    payload = {"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, 3], "p": 1}
    assert without(payload, ["a.b", "l[].x", "p", "none.at.all"]) == {"a": {"c": 2}, "l": [{"y": 2}, 3]}

"""What a channel attests, and who a contact is to it."""

import pytest

from dedupe.fetchers.providers import chatwoot
from dedupe.model import Attested

EMAIL, SMS, TWILIO, WHATSAPP = (f"Channel::{name}" for name in ("Email", "Sms", "TwilioSms", "Whatsapp"))
OWN = "+49 151 12345678"


def read(channel: str, source_id: object, **own: object):
    inbox = {"source_id": source_id, "inbox": {"channel_type": channel}}
    return chatwoot.read({**own, "contact_inboxes": [inbox]})


def phones(*given):
    return [(one["given"], one["attested"]) for one in read(*given[:2], phone_number=given[2])["phones"]]


@pytest.mark.parametrize(
    ("channel", "source_id"),
    [
        (WHATSAPP, "whatsapp:491511234567842"),
        (WHATSAPP, "whatsapp:+4915112345678"),
        (WHATSAPP, "+4915112345678"),
        (WHATSAPP, "0151123456789"),
        (WHATSAPP, "1234567"),
        (WHATSAPP, "4915112345678901"),
        (WHATSAPP, "\u0664\u0669\u0661\u0665\u0661\u0661\u0662\u0663\u0664\u0665\u0666\u0667"),
        (TWILIO, "whatsapp:whatsapp:+491511234567842"),
        (SMS, "whatsapp:+491511234567842"),
        (SMS, "4915112345678"),
    ],
)
def test_what_has_not_the_exact_form_of_its_channel_is_no_number(channel, source_id):
    assert phones(channel, source_id, None) == []
    assert phones(channel, source_id, OWN) == [(OWN, Attested.UNKNOWN)]


@pytest.mark.parametrize("more", ["4", "42"])
def test_the_contact_s_own_number_with_digits_behind_was_displaced(more):
    assert phones(TWILIO, f"whatsapp:+4915112345678{more}", OWN) == [(OWN, Attested.UNKNOWN)]


def test_a_number_of_another_inbox_with_digits_behind_was_displaced():
    inboxes = [
        {"source_id": text, "inbox": {"channel_type": TWILIO}}
        for text in ("+4915112345678", "whatsapp:+491511234567842")
    ]
    found = chatwoot.read({"contact_inboxes": inboxes})["phones"]
    assert found == [{"given": "+4915112345678", "attested": Attested.CHANNEL}]


@pytest.mark.parametrize(
    ("own", "carried"),
    [
        ("+5511987654321", "551187654321"),
        ("+5215512345678", "525512345678"),
        ("0151 12345678", "4915112345678"),
    ],
)
def test_numbers_that_whatsapp_writes_otherwise_agree(own, carried):
    assert phones(WHATSAPP, carried, own) == [(own, Attested.CHANNEL)]


def test_another_number_than_the_contact_s_own_is_kept_and_not_attested():
    found = phones(WHATSAPP, "4915187654321", OWN)
    assert found == [(OWN, Attested.UNKNOWN), ("+4915187654321", Attested.UNKNOWN)]


@pytest.mark.parametrize(
    ("source_id", "own", "given"),
    [
        ("Ann@Example.org", "ann@example.org", [("ann@example.org", Attested.CHANNEL)]),
        ("ann@example.org", None, [("ann@example.org", Attested.CHANNEL)]),
        ("7ann@example.org", None, []),
        ("7ann@example.org", "ann@example.org", [("ann@example.org", Attested.UNKNOWN)]),
        ("7ann@example.org", "7ann@example.org", [("7ann@example.org", Attested.CHANNEL)]),
        ("ann@", None, []),
        ("ann@example", None, []),
        ("Ann <ann@example.org>", None, []),
        ("old@example.org", "ann@example.org", [("ann@example.org", None), ("old@example.org", None)]),
    ],
)
def test_addresses(source_id, own, given):
    found = [(one["given"], one["attested"]) for one in read(EMAIL, source_id, email=own)["emails"]]
    assert found == [(value, mark or Attested.UNKNOWN) for value, mark in given]


@pytest.mark.parametrize(
    ("channel", "source_id", "namespace"),
    [
        (WHATSAPP, "US.AbC123", "whatsapp_user_id"),
        (WHATSAPP, "US.ENT.11815799212886844830", "whatsapp_user_id"),
        (TWILIO, "whatsapp:US.AbC123", "whatsapp_user_id"),
        ("Channel::Telegram", "123456789", "telegram"),
        ("Channel::FacebookPage", "1234567890123456", "meta_scoped_id"),
        ("Channel::Instagram", "1234567890123456", "meta_scoped_id"),
        ("Channel::Line", "U0123456789abcdef0123456789abcdef", "line_user_id"),
    ],
)
def test_who_a_contact_is_to_a_channel_is_an_identifier(channel, source_id, namespace):
    [found] = read(channel, source_id)["identifiers"]
    given = source_id.removeprefix("whatsapp:")
    assert found == {"namespace": namespace, "given": given, "attested": Attested.CHANNEL}


@pytest.mark.parametrize(
    ("channel", "source_id"),
    [
        ("Channel::Telegram", "-100123456789"),
        ("Channel::Telegram", "ann"),
        ("Channel::Line", "U0123"),
        ("Channel::FacebookPage", "5f1c0e3a"),
        ("Channel::WebWidget", "123456789"),
        (WHATSAPP, "120363025246125486@g.us"),
        (WHATSAPP, "whatsapp:US.AbC12342"),
    ],
)
def test_groups_and_other_forms_are_nobody(channel, source_id):
    assert read(channel, source_id)["identifiers"] == []


def test_every_social_profile_is_read_whatever_its_network_is_called():
    more = {
        "social_profiles": {"threads": "ann.l", "bluesky": "ann.example.org", "facebook": "", "": "x"},
        "social_telegram_user_id": 123456789,
        "social_telegram_user_name": "annl",
        "social_instagram_user_name": "ann.l",
        "social_instagram_follower_count": 5,
        "social_whatsapp_user_name": "ann.lee",
        "social_line_user_id": "U01",
        "screen_name": "ann_l",
    }
    found = chatwoot.read({"additional_attributes": more})["identifiers"]
    assert {(one["namespace"], one["given"]) for one in found} == {
        ("threads", "ann.l"),
        ("bluesky", "ann.example.org"),
        ("telegram", "123456789"),
        ("telegram", "annl"),
        ("instagram", "ann.l"),
        ("whatsapp_user_name", "ann.lee"),
        ("line_user_id", "U01"),
        ("twitter", "ann_l"),
    }
    assert not any(one.get("unique") for one in found)


def test_a_telegram_account_is_one_for_every_source():
    from dedupe.normalizers.identifiers import normalize_identifier

    one, other = (normalize_identifier(name, "telegram", "123456789", frozenset()) for name in ("a", "b"))
    assert one.key == other.key == "telegram:123456789"
    assert normalize_identifier("a", "meta_scoped_id", "1234567890123456", frozenset()).key == (
        "a/meta_scoped_id:1234567890123456"
    )

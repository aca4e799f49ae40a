"""Held contacts in each provider's own JSON, key for key as their pages show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from dedupe.simulators.population.provider_record import ProviderRecord

Payload = dict[str, Any]

_CHANNELS = ("Channel::WebWidget", "Channel::Api", "Channel::Email", "Channel::FacebookPage")
_MESSENGERS = ("Channel::FacebookPage", "Channel::Instagram", "Channel::Telegram", "Channel::Line")
_EPOCH = date(1970, 1, 1).toordinal()
_HEX = "0123456789abcdef"


@lru_cache(maxsize=65536)
def _day(number: int) -> str:
    return date.fromordinal(_EPOCH + number).isoformat()


def iso(microseconds: int, timespec: str = "microseconds") -> str:
    """UTC with a Z: 2025-03-01T09:30:00.123456Z, or with milliseconds."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    day, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    parts = f"{fraction:06d}" if timespec == "microseconds" else f"{fraction // 1000:03d}"
    return f"{_day(day)}T{minute // 60:02d}:{minute % 60:02d}:{second:02d}.{parts}Z"


def _inbox(held: ProviderRecord) -> Payload:
    number = held.salt % 5
    if held.line:
        twilio = held.salt >> 8 & 3
        source = held.line[1:] if twilio > 1 else f"whatsapp:{held.line}" if twilio else held.line
        channel = "Channel::Whatsapp" if twilio > 1 else "Channel::TwilioSms"
        if held.salt >> 20 & 31 == 0:  # displaced by a contact that came to have the same number
            source = f"whatsapp:{held.line}{held.salt >> 32 & 63:02d}"
        elif held.salt >> 20 & 31 == 1:  # somebody who hides the number, known to the business by an id
            source = f"whatsapp:US.{held.salt:020d}" if twilio < 2 else f"US.{held.salt:020d}"
        return {
            "source_id": source,
            "inbox": {"id": 21 + (twilio < 2), "name": "WhatsApp", "channel_type": channel},
        }
    channel = _CHANNELS[number % 4]
    if channel == "Channel::Email" and not held.emails:
        channel = "Channel::WebWidget"
    if channel == "Channel::FacebookPage":
        channel = _MESSENGERS[held.salt >> 16 & 3]
    name = channel.partition("::")[2]
    source = _known_as(held, channel)
    return {"source_id": source, "inbox": {"id": 10 + number, "name": name, "channel_type": channel}}


def _known_as(held: ProviderRecord, channel: str) -> str:
    """As each channel numbers people; one mail inbox in eight was displaced by another contact's."""
    if channel == "Channel::Email":
        displaced = held.salt >> 20 & 7 == 0
        return f"{held.salt >> 24 & 7}{held.emails[0]}" if displaced else held.emails[0]
    if channel == "Channel::Line":
        return f"U{held.salt:032x}"
    if channel in _MESSENGERS:
        digits = 9 if channel == "Channel::Telegram" else 16
        return str(10 ** (digits - 1) + held.salt % 10 ** (digits - 1))
    return f"{held.salt:016x}"


def _custom(held: ProviderRecord) -> Payload:
    custom: Payload = {}
    if held.birth:
        custom["birthday"] = "{2:02d}/{1:02d}/{0}".format(*held.birth)
    if held.title:
        custom["job_title"] = held.title
    if len(held.emails) > 1:
        custom["second_email"] = held.emails[1]
    if len(held.phones) > 1:
        custom["second_phone"] = held.phones[1]
    return custom


def _phone(held: ProviderRecord) -> str | None:
    return held.phones[0] if held.phones else None


def _social(held: ProviderRecord) -> Payload:
    """What a channel writes of the account that wrote to it."""
    inbox = _inbox(held)
    if inbox["inbox"]["channel_type"] != "Channel::Telegram":
        return {}
    return {"social_telegram_user_id": int(inbox["source_id"]), "social_telegram_user_name": None}


def _chatwoot_about(held: ProviderRecord) -> Payload:
    """Keys that nobody filled in are left out."""
    about: Payload = _social(held)
    if held.city:
        about["city"] = held.city
    if held.country:
        about["country"] = held.country
        about["country_code"] = held.country_code
    if held.company:
        about["company_name"] = held.company
    return about


def digital99(held: ProviderRecord) -> Payload:
    return {
        "additional_attributes": _chatwoot_about(held),
        "availability_status": "online" if held.salt & 63 == 0 else "offline",
        "email": held.emails[0] if held.emails else None,
        "id": int(held.external_id),
        "name": held.full or "",
        "phone_number": _phone(held),
        "identifier": held.identifier,
        "thumbnail": "",
        "custom_attributes": _custom(held),
        "conversations_count": held.salt >> 4 & 7,
        "blocked": held.blocked,
        "last_activity_at": held.updated // 1_000_000,
        "created_at": held.created,
        "contact_inboxes": [_inbox(held)],
    }


def livedesk(held: ProviderRecord) -> Payload:
    payload: Payload = {
        "additional_attributes": {
            "city": held.city or "",
            "country": held.country or "",
            "telegram": "",
            "description": "",
            "company_name": held.company or "",
            "country_code": held.country_code or "",
            "social_profiles": {"github": "", "twitter": "", "facebook": "", "linkedin": "", "instagram": ""},
        },
        "availability_status": "offline",
        "email": held.emails[0] if held.emails else None,
        "id": int(held.external_id),
        "name": held.full or "",
        "phone_number": _phone(held),
        "blocked": held.blocked,
        "identifier": held.identifier,
        "thumbnail": "",
        "custom_attributes": _custom(held),
    }
    if held.salt & 7:  # absent while there was no activity
        payload["last_activity_at"] = held.updated // 1_000_000
    payload["created_at"] = held.created
    payload["contact_inboxes"] = [_inbox(held)]
    return payload


def uuid_of(bits: int) -> str:
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_HEX[8 + bits % 4]}{text[17:20]}-{text[20:]}"


def whippy(held: ProviderRecord) -> Payload:
    address = None
    if held.street or held.city:
        address = {
            "address_line_one": held.street,
            "address_line_two": None,
            "city": held.city,
            "state": held.region,
            "country": held.country,
            "post_code": held.postcode,
        }
    year, month, day = held.birth or (None, None, None)
    opted_out = held.salt >> 12 & 31 == 0
    return {
        "id": held.external_id,
        "external_id": held.identifier,
        "name": held.full,
        "first_name": held.given,
        "last_name": held.family,
        "email": held.emails[0] if held.emails else None,
        "phone": _phone(held),
        "state": "blocked" if held.blocked else "archived" if held.salt & 31 == 1 else "open",
        "blocked": held.blocked,
        "default_channel_id": uuid_of(held.salt % 3 + (7 << 100)),
        "language": held.language,
        "address": address,
        "birth_date": {"day": day, "month": month, "year": year} if held.birth else None,
        "communication_preferences": [{"channel_type": "sms", "opt_in": not opted_out}],
        "contact_tags": [{"name": "vip"}] if held.salt & 15 == 0 else [],
        "created_at": iso(held.created * 1_000_000),
        "updated_at": iso(held.updated),
    }


def askelephant(held: ProviderRecord) -> Payload:
    """Optional keys are left out when there is nothing to say."""
    payload: Payload = {
        "id": held.external_id,
        "object": "contact",
        "created_at": iso(held.created * 1_000_000, "milliseconds"),
        "updated_at": iso(held.updated, "milliseconds"),
        "first_name": held.given,
        "last_name": held.family,
    }
    if held.title:
        payload["description"] = f"{held.title} at {held.company}"
    if held.company:
        payload["company"] = {"id": f"cmp_{sum(held.company.encode()):010d}", "object": "company"}
    if held.emails:
        payload["emails"] = [{"email": email, "is_primary": not n} for n, email in enumerate(held.emails)]
    if held.phones:
        payload["phone_numbers"] = [
            {"phone_number": phone, "is_primary": not n} for n, phone in enumerate(held.phones)
        ]
    if held.identifier:
        payload["crm_association"] = {"id": held.identifier, "object_type": "contact", "source": "hubspot"}
    if held.salt & 1:
        payload["time_zone"] = held.zone
    return payload


_ROLES = (
    ("rl_admin", "Administrator", "admin", ["*:*"]),
    ("rl_sales", "Sales", "user", ["customers:read", "messaging:read"]),
    ("rl_floor", "Shop floor", "scanner", ["inventory:scan"]),
)


def openmrp(held: ProviderRecord) -> Payload:
    user = held.kind == "user"
    handle = held.emails[0] if user and held.emails else held.identifier if held.kind == "api_key" else None
    number, name, kind, permissions = _ROLES[held.salt % 3]
    role = {
        "id": number,
        "object": "role",
        "name": name,
        "type": kind,
        "owner": None,
        "permissions": permissions,
        "created_at": iso(1_600_000_000_000_000),
        "updated_at": iso(1_600_000_000_000_000),
    }
    return {
        "id": held.external_id,
        "object": "actor",
        "type": held.kind,
        "name": held.full,
        "handle": handle,
        "avatar_url": f"https://cdn.openmrp.test/avatars/{held.external_id}.png"
        if user and held.salt & 1
        else None,
        "role": role if user else None,
    }


SHAPES: dict[str, Callable[[ProviderRecord], Payload]] = {
    "openmrp": openmrp,
    "digital99": digital99,
    "whippy": whippy,
    "askelephant": askelephant,
    "livedesk": livedesk,
}

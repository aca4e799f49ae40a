"""Provider records as each provider's JSON, key for key as its documentation shows."""

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


def _inbox(record: ProviderRecord) -> Payload:
    number = record.salt % 5
    if record.line:
        twilio = record.salt >> 8 & 3
        source = record.line[1:] if twilio > 1 else f"whatsapp:{record.line}" if twilio else record.line
        channel = "Channel::Whatsapp" if twilio > 1 else "Channel::TwilioSms"
        if record.salt >> 20 & 31 == 0:  # displaced by a contact that came to have the same number
            source = f"whatsapp:{record.line}{record.salt >> 32 & 63:02d}"
        elif record.salt >> 20 & 31 == 1:  # somebody who hides the number, known to the business by an id
            source = f"whatsapp:US.{record.salt:020d}" if twilio < 2 else f"US.{record.salt:020d}"
        return {
            "source_id": source,
            "inbox": {"id": 21 + (twilio < 2), "name": "WhatsApp", "channel_type": channel},
        }
    channel = _CHANNELS[number % 4]
    if channel == "Channel::Email" and not record.emails:
        channel = "Channel::WebWidget"
    if channel == "Channel::FacebookPage":
        channel = _MESSENGERS[record.salt >> 16 & 3]
    name = channel.partition("::")[2]
    source = _known_as(record, channel)
    return {"source_id": source, "inbox": {"id": 10 + number, "name": name, "channel_type": channel}}


def _known_as(record: ProviderRecord, channel: str) -> str:
    """The source id in each channel's form; one mail inbox in eight was displaced by another contact's."""
    if channel == "Channel::Email":
        displaced = record.salt >> 20 & 7 == 0
        return f"{record.salt >> 24 & 7}{record.emails[0]}" if displaced else record.emails[0]
    if channel == "Channel::Line":
        return f"U{record.salt:032x}"
    if channel in _MESSENGERS:
        digits = 9 if channel == "Channel::Telegram" else 16
        return str(10 ** (digits - 1) + record.salt % 10 ** (digits - 1))
    return f"{record.salt:016x}"


def _custom(record: ProviderRecord) -> Payload:
    custom: Payload = {}
    if record.birth:
        custom["birthday"] = "{2:02d}/{1:02d}/{0}".format(*record.birth)
    if record.title:
        custom["job_title"] = record.title
    if len(record.emails) > 1:
        custom["second_email"] = record.emails[1]
    if len(record.phones) > 1:
        custom["second_phone"] = record.phones[1]
    return custom


def _phone(record: ProviderRecord) -> str | None:
    return record.phones[0] if record.phones else None


def _social(record: ProviderRecord) -> Payload:
    """The account that wrote to a channel, as that channel describes it."""
    inbox = _inbox(record)
    if inbox["inbox"]["channel_type"] != "Channel::Telegram":
        return {}
    return {"social_telegram_user_id": int(inbox["source_id"]), "social_telegram_user_name": None}


def _chatwoot_about(record: ProviderRecord) -> Payload:
    """The additional attributes; empty keys are left out."""
    about: Payload = _social(record)
    if record.city:
        about["city"] = record.city
    if record.country:
        about["country"] = record.country
        about["country_code"] = record.country_code
    if record.company:
        about["company_name"] = record.company
    return about


def digital99(record: ProviderRecord) -> Payload:
    return {
        "additional_attributes": _chatwoot_about(record),
        "availability_status": "online" if record.salt & 63 == 0 else "offline",
        "email": record.emails[0] if record.emails else None,
        "id": int(record.external_id),
        "name": record.full or "",
        "phone_number": _phone(record),
        "identifier": record.identifier,
        "thumbnail": "",
        "custom_attributes": _custom(record),
        "conversations_count": record.salt >> 4 & 7,
        "blocked": record.blocked,
        "last_activity_at": record.updated // 1_000_000,
        "created_at": record.created,
        "contact_inboxes": [_inbox(record)],
    }


def livedesk(record: ProviderRecord) -> Payload:
    payload: Payload = {
        "additional_attributes": {
            "city": record.city or "",
            "country": record.country or "",
            "telegram": "",
            "description": "",
            "company_name": record.company or "",
            "country_code": record.country_code or "",
            "social_profiles": {"github": "", "twitter": "", "facebook": "", "linkedin": "", "instagram": ""},
        },
        "availability_status": "offline",
        "email": record.emails[0] if record.emails else None,
        "id": int(record.external_id),
        "name": record.full or "",
        "phone_number": _phone(record),
        "blocked": record.blocked,
        "identifier": record.identifier,
        "thumbnail": "",
        "custom_attributes": _custom(record),
    }
    if record.salt & 7:  # absent while there was no activity
        payload["last_activity_at"] = record.updated // 1_000_000
    payload["created_at"] = record.created
    payload["contact_inboxes"] = [_inbox(record)]
    return payload


def uuid_of(bits: int) -> str:
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_HEX[8 + bits % 4]}{text[17:20]}-{text[20:]}"


def whippy(record: ProviderRecord) -> Payload:
    address = None
    if record.street or record.city:
        address = {
            "address_line_one": record.street,
            "address_line_two": None,
            "city": record.city,
            "state": record.region,
            "country": record.country,
            "post_code": record.postcode,
        }
    year, month, day = record.birth or (None, None, None)
    opted_out = record.salt >> 12 & 31 == 0
    return {
        "id": record.external_id,
        "external_id": record.identifier,
        "name": record.full,
        "first_name": record.given,
        "last_name": record.family,
        "email": record.emails[0] if record.emails else None,
        "phone": _phone(record),
        "state": "blocked" if record.blocked else "archived" if record.salt & 31 == 1 else "open",
        "blocked": record.blocked,
        "default_channel_id": uuid_of(record.salt % 3 + (7 << 100)),
        "language": record.language,
        "address": address,
        "birth_date": {"day": day, "month": month, "year": year} if record.birth else None,
        "communication_preferences": [{"channel_type": "sms", "opt_in": not opted_out}],
        "contact_tags": [{"name": "vip"}] if record.salt & 15 == 0 else [],
        "created_at": iso(record.created * 1_000_000),
        "updated_at": iso(record.updated),
    }


def askelephant(record: ProviderRecord) -> Payload:
    """The record in AskElephant's JSON; empty optional keys are left out."""
    payload: Payload = {
        "id": record.external_id,
        "object": "contact",
        "created_at": iso(record.created * 1_000_000, "milliseconds"),
        "updated_at": iso(record.updated, "milliseconds"),
        "first_name": record.given,
        "last_name": record.family,
    }
    if record.title:
        payload["description"] = f"{record.title} at {record.company}"
    if record.company:
        payload["company"] = {"id": f"cmp_{sum(record.company.encode()):010d}", "object": "company"}
    if record.emails:
        payload["emails"] = [{"email": email, "is_primary": not n} for n, email in enumerate(record.emails)]
    if record.phones:
        payload["phone_numbers"] = [
            {"phone_number": phone, "is_primary": not n} for n, phone in enumerate(record.phones)
        ]
    if record.identifier:
        payload["crm_association"] = {"id": record.identifier, "object_type": "contact", "source": "hubspot"}
    if record.salt & 1:
        payload["time_zone"] = record.zone
    return payload


_ROLES = (
    ("rl_admin", "Administrator", "admin", ["*:*"]),
    ("rl_sales", "Sales", "user", ["customers:read", "messaging:read"]),
    ("rl_floor", "Shop floor", "scanner", ["inventory:scan"]),
)


def openmrp(record: ProviderRecord) -> Payload:
    user = record.kind == "user"
    handle = (
        record.emails[0]
        if user and record.emails
        else record.identifier
        if record.kind == "api_key"
        else None
    )
    number, name, kind, permissions = _ROLES[record.salt % 3]
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
        "id": record.external_id,
        "object": "actor",
        "type": record.kind,
        "name": record.full,
        "handle": handle,
        "avatar_url": f"https://cdn.openmrp.test/avatars/{record.external_id}.png"
        if user and record.salt & 1
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

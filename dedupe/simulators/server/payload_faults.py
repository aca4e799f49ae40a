"""Faults in a page's contacts: keys renamed, emptied, repeated or of another type."""

from __future__ import annotations

from typing import Any, NamedTuple

from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.server.faults import Switchboard

_FUTURE = 31_557_600  # a year, in seconds


class Keys(NamedTuple):
    """The keys of a provider's contact that the faults act on."""

    email: str
    phone: str | None
    nested: tuple[str, ...]
    optional: dict[str, Any]  # and what stands there when empty
    times: tuple[str, ...]
    note: str


KEYS = {
    "digital99": Keys(
        "email",
        "phone_number",
        ("additional_attributes", "custom_attributes", "contact_inboxes"),
        {"conversations_count": 0, "last_activity_at": None, "thumbnail": "", "custom_attributes": {}},
        ("created_at", "last_activity_at"),
        "description",
    ),
    "livedesk": Keys(
        "email",
        "phone_number",
        ("additional_attributes", "custom_attributes", "contact_inboxes"),
        {
            "conversations_count": 0,
            "last_activity_at": None,
            "additional_attributes": {},
            "contact_inboxes": [],
        },
        ("created_at", "last_activity_at"),
        "description",
    ),
    "whippy": Keys(
        "email",
        "phone",
        ("address", "birth_date", "communication_preferences", "contact_tags"),
        {
            "language": None,
            "address": None,
            "birth_date": None,
            "contact_tags": [],
            "default_channel_id": None,
        },
        ("created_at", "updated_at"),
        "notes",
    ),
    "askelephant": Keys(
        "emails",
        "phone_numbers",
        ("company", "emails", "phone_numbers", "crm_association"),
        {
            "description": None,
            "company": None,
            "emails": [],
            "phone_numbers": [],
            "crm_association": None,
            "time_zone": None,
        },
        ("created_at", "updated_at"),
        "description",
    ),
    "openmrp": Keys("handle", None, ("role",), {"avatar_url": None, "role": None}, (), "bio"),
}

_NAMES = (
    "id-types",
    "renamed-field",
    "unknown-keys",
    "scope-shrunk",
    "nulls",
    "future-times",
    "sparse",
    "full",
    "big-page",
    "duplicated",
    "mixed-timestamps",
    "ties",
    "handles-null",
)


class PayloadFaults:
    """Applies the faults that are on to the contacts of one page."""

    def __init__(self, provider: str, faults: Switchboard, page: int) -> None:
        self._keys, self._faults, self._page = KEYS[provider], faults, page

    def needed(self) -> bool:
        return any(map(self._faults.on, _NAMES))

    def page(self, payloads: list[Payload]) -> list[Payload]:
        payloads = [self._contact(payload, place) for place, payload in enumerate(payloads)]
        megabytes = self._faults.number("big-page")
        if megabytes and payloads:
            payloads[0][self._keys.note] = "x" * int(megabytes * 1_000_000)
        if self._faults.on("duplicated") and payloads:
            payloads.append(payloads[0])
        return payloads

    def _contact(self, payload: Payload, place: int) -> Payload:
        on, keys = self._faults.on, self._keys
        if on("sparse"):
            payload = {key: value for key, value in payload.items() if key not in keys.optional}
        if on("full"):
            payload = payload | {key: empty for key, empty in keys.optional.items() if key not in payload}
        if on("nulls"):
            payload |= {key: None for key in keys.nested if key in payload}
        if on("scope-shrunk"):
            payload |= {key: None for key in (keys.email, keys.phone) if key in payload}
        if on("renamed-field") and keys.email in payload:
            payload[f"{keys.email}_v2"] = payload.pop(keys.email)
        if on("unknown-keys"):
            payload["lifecycle_stage"] = {"name": "lead", "since": None}
        if on("future-times"):
            payload |= {key: _later(payload[key]) for key in keys.times if payload.get(key)}
        if on("id-types"):
            payload["id"] = self._other_type(payload["id"], place)
        return payload

    def _other_type(self, value: Any, place: int) -> Any:
        return str(value) if (self._page + place) % 2 else int(value)


def _later(moment: int | str) -> int | str:
    if isinstance(moment, int):
        return moment + _FUTURE
    return f"{int(moment[:4]) + 1}{moment[4:]}".replace("-02-29", "-02-28")

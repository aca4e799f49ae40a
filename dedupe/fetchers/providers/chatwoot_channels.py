"""What the channels of a Chatwoot contact say of it: values that they attest, and who it is to them.

    emails, phones = carried(inboxes, own_email, own_phone)
    identifiers = named_in(additional_attributes) + known_as(inboxes)

A channel knows a contact by the `source_id` of its inbox. Where two contacts come to claim one, Chatwoot
renames the other's to `whatsapp:<id>` with one or two digits behind, or to one digit and the address
(app/builders/contact_inbox_builder.rb): nobody's value, though it looks like one. So only what has the exact
form of its channel is a value, and what agrees with the contact's own, or stands beside none, is attested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any, NamedTuple

from dedupe.fetchers.fetcher import list_of, mapping_of
from dedupe.fetchers.given import text_of
from dedupe.model import Attested, GivenIdentifier, GivenValue

EMAIL, WHATSAPP = "Channel::Email", "Channel::Whatsapp"
_NUMBERS = {  # E.164 as the channel writes it: eight digits at least, fifteen at most
    WHATSAPP: re.compile(r"([1-9][0-9]{7,14})"),
    "Channel::TwilioSms": re.compile(r"(?:whatsapp:)?\+([1-9][0-9]{7,14})"),
    "Channel::Sms": re.compile(r"\+([1-9][0-9]{7,14})"),
}
_LONGEST = 320  # signs of an address; no other id is longer
_ADDRESS = re.compile(r"[^\W\d][\w.!#$%&'*+/=?^`{|}~-]{0,63}@(?:[\w-]{1,63}\.)+[^\W\d][\w-]{1,62}")
_SAME_END = 8  # digits: the same number with and without the 9, 1 or 15 that WhatsApp adds or leaves out
_BUSINESS_SCOPED = r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}"  # Meta's id of somebody who hides the number

Same = Callable[[str, str | None], bool]
_META = ("meta_scoped_id", re.compile(r"[0-9]{8,25}"))
ACCOUNTS: dict[str, tuple[str, re.Pattern[str]]] = {
    # An Instagram contact is found again behind a Facebook page's inbox by the same id: one namespace.
    "Channel::FacebookPage": _META,
    "Channel::Instagram": _META,
    "Channel::Telegram": ("telegram", re.compile(r"[0-9]{4,16}")),  # a group's is negative
    "Channel::Line": ("line_user_id", re.compile(r"U[0-9a-f]{32}")),
    "Channel::TwitterProfile": ("twitter_user_id", re.compile(r"[0-9]{2,25}")),
    "Channel::Tiktok": ("tiktok_user_id", re.compile(r"[A-Za-z0-9_-]{8,100}")),
    WHATSAPP: ("whatsapp_user_id", re.compile(f"({_BUSINESS_SCOPED})")),
    "Channel::TwilioSms": ("whatsapp_user_id", re.compile(f"whatsapp:({_BUSINESS_SCOPED})")),
}
_SOCIAL = re.compile(r"social_([a-z]{2,20})_user_(id|name)")
_NUMBERED_FOR_ALL = frozenset({"telegram"})  # a user's id is the same whoever is written to
_NAMED_BY_NUMBER = frozenset({"whatsapp"})  # its handle is a phone number; a user's name is something else


class Inbox(NamedTuple):
    channel: str
    source_id: str


def inboxes_of(contact: Any) -> list[Inbox]:
    """The inboxes that have both a channel and a source id."""
    found = []
    for item in map(mapping_of, list_of(mapping_of(contact).get("contact_inboxes"))):
        channel = text_of(mapping_of(item.get("inbox")).get("channel_type"))
        source_id = text_of(item.get("source_id"))
        if channel and source_id and len(source_id) <= _LONGEST:
            found.append(Inbox(channel, source_id))
    return found


def carried(
    inboxes: Sequence[Inbox], email: str | None, phone: str | None
) -> tuple[list[GivenValue], list[GivenValue]]:
    """The emails and phones: the contact's own first, then those attested by a channel."""
    addresses = [one.source_id for one in inboxes if one.channel == EMAIL]
    emails = [one for one in addresses if _ADDRESS.fullmatch(one) or _same_address(one, email)]
    seen = list(_numbers(inboxes))
    known = {*seen, _digits(phone or "")}
    numbers = [f"+{digits}" for digits in seen if not _is_displaced(digits, known)]
    return _beside(email, emails, _same_address), _beside(phone, numbers, _same_number)


def known_as(inboxes: Sequence[Inbox]) -> list[GivenIdentifier]:
    """The contact's accounts on its channels. None is unique: a person may have several."""
    return list(_accounts(inboxes))


def named_in(attributes: Any) -> list[GivenIdentifier]:
    """The handles and ids that channels or agents wrote into `additional_attributes`."""
    known = mapping_of(attributes)
    found = [*mapping_of(known.get("social_profiles")).items()]
    found += [("telegram", known.get("telegram")), ("twitter", known.get("screen_name"))]
    for key, value in known.items():
        if social := _SOCIAL.fullmatch(key):
            found.append((_namespace(social[1], social[2]), value))
    made = [(key, text) for key, value in found if key.strip() and (text := text_of(value)) is not None]
    return [{"namespace": key, "given": text} for key, text in dict.fromkeys(made)]


def _namespace(network: str, what: str) -> str:
    """The network's namespace where the id is unique worldwide, else one of the source."""
    of_the_world = network in _NUMBERED_FOR_ALL if what == "id" else network not in _NAMED_BY_NUMBER
    return network if of_the_world else f"{network}_user_{what}"


def _accounts(inboxes: Sequence[Inbox]) -> Iterator[GivenIdentifier]:
    for inbox in inboxes:
        if inbox.channel not in ACCOUNTS:
            continue
        namespace, form = ACCOUNTS[inbox.channel]
        if found := form.fullmatch(inbox.source_id):
            yield {"namespace": namespace, "given": found[form.groups], "attested": Attested.CHANNEL}


def _numbers(inboxes: Sequence[Inbox]) -> Iterator[str]:
    for inbox in inboxes:
        form = _NUMBERS.get(inbox.channel)
        if form is not None and (found := form.fullmatch(inbox.source_id)):
            yield found[1]


def _beside(own: str | None, values: Sequence[str], same: Same) -> list[GivenValue]:
    """The contact's own value, attested if a channel has it; a channel's other value only where the
    contact has none."""
    others = [one for one in dict.fromkeys(values) if not same(one, own)]
    mark = Attested.CHANNEL if own is None else Attested.UNKNOWN
    made: list[GivenValue] = [{"given": one, "attested": mark} for one in others]
    if own is None:
        return made
    agrees = len(others) < len(set(values))
    return [{"given": own, "attested": Attested.CHANNEL if agrees else Attested.UNKNOWN}, *made]


def _same_address(one: str, own: str | None) -> bool:
    return own is not None and one.strip().casefold() == own.strip().casefold()


def _same_number(one: str, own: str | None) -> bool:
    digits, written = _digits(one), _digits(own or "").lstrip("0")
    if len(written) < _SAME_END:
        return False
    alike = digits[:2] == written[:2] and digits[-_SAME_END:] == written[-_SAME_END:]
    return alike or digits.endswith(written)


def _is_displaced(digits: str, known: Set[str]) -> bool:
    """Whether the number is another number of the contact followed by one or two digits."""
    return any(len(one) >= _SAME_END and one in known for one in (digits[:-1], digits[:-2]))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)

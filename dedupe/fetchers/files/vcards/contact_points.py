"""A card's phones, emails and accounts, without those of other people and of machines."""

from __future__ import annotations

import re
from urllib.parse import unquote

from dedupe.fetchers.files.columns.header_vocabulary import data
from dedupe.fetchers.files.vcards.content import ContentLine, parts
from dedupe.model import Attested, GivenIdentifier
from dedupe.normalizers.identifiers import networks
from dedupe.normalizers.rules import alternatives, phrases

_LISTED = data("lines")["cards"]
_MACHINES = phrases(_LISTED["machines"])
_ELSEWHERE = re.compile(alternatives(_LISTED["others"]), re.IGNORECASE)
_MESSENGERS = {
    "X-AIM": "aim",
    "X-ICQ": "icq",
    "X-JABBER": "xmpp",
    "X-MSN": "msn",
    "X-YAHOO": "yahoo",
    "X-GOOGLE-TALK": "gtalk",
    "X-GTALK": "gtalk",
    "X-QQ": "qq",
    "X-GADUGADU": "gadugadu",
    "X-GROUPWISE": "groupwise",
    "X-SKYPE": "skype",
    "X-SKYPE-USERNAME": "skype",
    "X-TWITTER": "twitter",
    "X-TELEGRAM": "telegram",
    "X-WHATSAPP": "whatsapp",
    "X-LINKEDIN": "linkedin",
    "X-FACEBOOK": "facebook",
    "X-INSTAGRAM": "instagram",
    "X-XING": "xing",
}
_PROFILES = ("X-SOCIALPROFILE", "SOCIALPROFILE")
ACCOUNTS = frozenset({"IMPP", "URL", *_PROFILES, *_MESSENGERS})
_HOST = re.compile(
    r"(?i)^(?:https?://)?(?:(?:www|m|mobile|web|[a-z]{2}|[a-z]{2}-[a-z]{2})\.)?([a-z0-9.-]+)/\S"
)
_WRITTEN = re.compile(r"(?i)^(?:x-apple|skype|aim|icq|xmpp|msnim|ymsgr|gtalk|qq|tg|im|sip):/*")


def is_anothers(line: ContentLine, label: str) -> bool:
    """Whether a phone or an email belongs to an assistant, a relative or a machine, by its type or label."""
    types = {word.removeprefix("x-") for word in line.types}
    if types & _MACHINES:
        return not types & {"voice", "cell"}
    return bool(types & {"assistant", "assistent", "secretary"} or _ELSEWHERE.search(label))


def phone_of(line: ContentLine) -> str:
    """The number as people write it, with extension and country of a `tel:` URI (RFC 3966)."""
    text = re.sub(r"(?i)^(?:tel|sms|callto|voice):(?://)?", "", line.text)
    number, *rest = parts(text)
    if not rest:
        return unquote(text) if "%" in text else text
    stated = {key.strip().lower(): value.strip() for key, _, value in (one.partition("=") for one in rest)}
    if not stated.keys() & {"ext", "phone-context", "isub"}:
        return text  # several numbers in one line
    context = stated.get("phone-context", "")
    country = f"{context}-" if context.startswith("+") and not number.startswith("+") else ""
    return f"{country}{unquote(number)}" + (f" ext. {stated['ext']}" if stated.get("ext") else "")


def email_of(line: ContentLine) -> str:
    """The address without `mailto:` and its query."""
    text = line.text
    if not text.lower().startswith("mailto:"):
        return text
    return unquote(text[7:].partition("?")[0])


def account_of(line: ContentLine, label: str) -> GivenIdentifier | None:
    """The account of a profile or a messenger; None for a URL of no known network."""
    text = line.text
    if line.name == "URL":
        network = _network(text)
        return _account(network, text) if network else None
    if line.name in _MESSENGERS:
        return _account(_MESSENGERS[line.name], text if _network(text) else _WRITTEN.sub("", text))
    service = line.parameters.get("SERVICE-TYPE") or line.parameters.get("X-SERVICE-TYPE")
    user = line.parameters.get("X-USER") or line.parameters.get("USERNAME")
    if line.name == "IMPP":
        scheme = text.partition(":")[0].lower() if ":" in text else ""
        handle = _WRITTEN.sub("", text)
        return _account((service or scheme or "im").lower(), unquote(handle))
    return _profile(text, (service or _service(line, label)).lower(), user)


def _profile(text: str, service: str, user: str | None) -> GivenIdentifier | None:
    if network := _network(text):
        return _account(network, text)
    handle = user or _WRITTEN.sub("", text)
    if not service and re.match(r"(?i)https?:", text):
        return None  # whose profiles these are isn't told
    return _account(service or "profile", handle)


def _service(line: ContentLine, label: str) -> str:
    known = networks()
    words = [word for word in sorted(line.types) if word not in ("home", "work", "pref", "other", "internet")]
    return next((word for word in words if word in known), words[0] if words else label)


def _network(text: str) -> str | None:
    """The network whose address the text is, if it has a path."""
    found = _HOST.match(text)
    network = networks().get(found[1].lower()) if found and "." in found[1] else None
    return network.name if network else None


def _account(namespace: str, handle: str) -> GivenIdentifier | None:
    handle = handle.strip()
    if not handle:
        return None
    return {"namespace": namespace, "given": handle, "unique": False, "attested": Attested.IMPORT}

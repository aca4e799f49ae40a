"""The mailbox behind an address by its provider's rules, with its marks and match keys."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from disposable_email_domains import blocklist

from dedupe.normalizers.rules import rules, words
from dedupe.normalizers.text import fold

_SEPARATORS = re.compile("[._-]+")
SHORT = 3  # characters of a local part that tells nobody apart (chosen)
_DIGITS_AT_END = re.compile(r"\d{1,3}$")


class Provider(NamedTuple):
    """A mailbox provider's rules for local parts. `domain` stands for all its aliases in keys."""

    domain: str
    dots: bool = False
    tag: str = ""
    swap: tuple[str, str] | None = None


@cache
def providers() -> dict[str, Provider]:
    """Provider by domain."""
    found: dict[str, Provider] = {}
    for rule in rules("email_providers")["providers"]:
        groups = [*rule.get("aliases", []), *([domain] for domain in rule.get("domains", []))]
        for group in groups:
            swap = (rule["swap"][0], rule["swap"][1]) if "swap" in rule else None
            provider = Provider(group[0], rule.get("dots", False), rule.get("tag", ""), swap)
            found.update(dict.fromkeys(group, provider))
    return found


@cache
def email_words(name: str) -> frozenset[str]:
    return words(rules("emails")[name])


@cache
def _free_domains() -> frozenset[str]:
    return email_words("free") | frozenset(providers())


@cache
def near_misses() -> dict[str, str]:
    """The probably intended domain, by the mistyped one."""
    listed = rules("emails")["near_miss"].items()
    return {slip: meant for meant, slips in listed for slip in slips.split()}


@cache
def _endings() -> dict[str, str]:
    listed = rules("emails")["near_miss_ends"].items()
    return {slip: meant for meant, slips in listed for slip in slips.split()}


@lru_cache(maxsize=65536)
def meant_domain(domain: str) -> str | None:
    """The probably intended domain, if this one looks mistyped."""
    if domain in near_misses():
        return near_misses()[domain]
    head, dot, end = domain.rpartition(".")
    return head + _endings()[dot + end] if dot + end in _endings() else None


@lru_cache(maxsize=65536)
def domain_marks(domain: str) -> tuple[str, ...]:
    """The marks that follow from the domain alone: free, disposable, relay, near_miss."""
    parents = _parents(domain)
    found = [
        ("free", domain in _free_domains()),
        ("disposable", any(parent in blocklist for parent in parents)),
        ("relay", any(parent in email_words("relay") for parent in parents)),
        ("near_miss", meant_domain(domain) is not None),
    ]
    return tuple(mark for mark, holds in found if holds)


def _parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[index:]) for index in range(len(labels) - 1)]


def mailbox_local(local: str, domain: str) -> str:
    """The local part by the rules of the domain's provider; `local` in lower case."""
    provider = providers().get(domain)
    if provider is None:
        return local
    base = _without_tag(local, provider.tag)
    if provider.dots:
        base = base.replace(".", "") or base
    return base.replace(*provider.swap) if provider.swap else base


def _without_tag(local: str, tag: str) -> str:
    head = local.split(tag, 1)[0] if tag else local
    return head or local


def mailbox_key(local: str, domain: str) -> str:
    """One text for all spellings of one mailbox."""
    provider = providers().get(domain)
    return f"{mailbox_local(local, domain)}@{provider.domain if provider else domain}"


def untagged_key(local: str, domain: str) -> str | None:
    """The mailbox key without what follows a plus, where the provider isn't known to take it for a tag."""
    head, plus, _ = mailbox_local(local, domain).partition("+")
    return mailbox_key(head, domain) if plus and head else None


def folded_local(local: str, domain: str) -> str:
    """The local part for comparing across domains: no tag, no separators, Latin letters."""
    provider = providers().get(domain)
    base = _without_tag(local, provider.tag if provider else "+")
    return fold(_SEPARATORS.sub("", base)).replace(" ", "")


def local_marks(local: str, domain: str) -> list[str]:
    """The marks that follow from the local part: role, noreply, placeholder; `local` in lower case."""
    pieces = [piece for piece in _SEPARATORS.split(_without_tag(local, "+")) if piece]
    whole = "".join(pieces)
    found = [
        ("role", _is_role(pieces, whole)),
        ("noreply", whole in email_words("noreply") or whole.startswith(("noreply", "donotreply"))),
        ("placeholder", _is_placeholder(whole, domain)),
    ]
    return [mark for mark, holds in found if holds]


def _is_role(pieces: list[str], whole: str) -> bool:
    roles = email_words("roles")
    if whole in roles or _DIGITS_AT_END.sub("", whole) in roles:
        return True
    return len(pieces) > 1 and pieces[0] in roles and all(len(p) <= 2 or p in roles for p in pieces[1:])


def _is_placeholder(whole: str, domain: str) -> bool:
    if whole in email_words("sure_placeholder_locals") or domain in email_words("sure_placeholder_domains"):
        return True
    if len(whole) <= SHORT and whole == domain.split(".")[0]:  # x@x.com
        return True
    if domain in email_words("placeholder_domains"):
        return whole in email_words("placeholder_locals") or whole == domain.split(".")[0]
    return False


_PARTED = re.compile("([a-z]{2,})[._-]([a-z]{2,})[0-9]{0,4}")


def name_hint(local: str, domain: str) -> str | None:
    """The two words of a local part, sorted, which may be a name."""
    provider = providers().get(domain)
    found = _PARTED.fullmatch(_without_tag(local, provider.tag if provider else "+"))
    return " ".join(sorted(found.groups())) if found else None

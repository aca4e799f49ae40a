"""Identifiers: typed keys.

Fields of `schemas.IDENTIFIER`: `given` as written; `value` for people, `namespace:value`; `keys[0]` the same
with the case folded where it doesn't count. A social profile (address or handle) is `network:handle`, in
whatever namespace it was given: the network hands the names out. Other namespaces belong to their source and
read `source/namespace:value`, unless `shared_namespaces` names them.
`unique`: a person has only one of them, as given or as `unique_namespaces` says.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from dedupe.normalizers.rules import rules
from dedupe.normalizers.text import LONGEST, clean

_URL = re.compile(
    r"(?:https?://)?(?:[a-z]{2,3}\.|www\.|m\.|web\.|mobile\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/(.+?)/?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"@?([\w.\-:]+)")
_NAMESPACE = re.compile(r"[^a-z0-9_.\-/]+")


class Network(NamedTuple):
    name: str
    path: re.Pattern[str]
    without: str


@cache
def networks() -> dict[str, Network]:
    """Networks by host and by name."""
    found = {}
    for rule in rules("identifiers")["networks"]:
        network = Network(rule["name"], re.compile(rule["path"], re.IGNORECASE), rule.get("without", ""))
        found.update(dict.fromkeys([rule["name"], *rule["hosts"].split()], network))
    return found


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(rules("identifiers")["placeholders"]["words"].split())


class Identifier(NamedTuple):
    value: str | None = None
    key: str | None = None
    namespace: str = ""
    reason: str | None = None


@lru_cache(maxsize=16384)
def normalize_identifier(source: str, namespace: str, text: str, shared: frozenset[str]) -> Identifier:
    """One identifier of one source."""
    if len(text) > LONGEST:
        return Identifier(reason="too long")
    text = clean(text)
    space = _NAMESPACE.sub("_", clean(namespace[:100]).lower()) or "id"
    if text.lower() in _placeholders() or not text:
        return Identifier(reason="placeholder" if text else "empty")
    if social := _social(space, text):
        return Identifier(social, social, space)
    where = space if space in shared else f"{source}/{space}"
    return Identifier(f"{where}:{text}", f"{where}:{text.casefold()}", space)


def _social(namespace: str, text: str) -> str | None:
    """`network:handle` of a profile's address, or of a handle in a network's namespace."""
    known = networks()
    if (url := _URL.fullmatch(text)) and (network := known.get(url[1].lower())):
        found = network.path.fullmatch(url[2])
        handle = next((group for group in found.groups() if group), None) if found else None
        return _handle(network, handle) if handle else None
    network = known.get(namespace.split("/")[-1].removesuffix("_url").removesuffix("_handle"))
    if network and (handle := _HANDLE.fullmatch(text)):
        return _handle(network, handle[1])
    return None


def _handle(network: Network, handle: str) -> str:
    for char in network.without:
        handle = handle.replace(char, "") or handle
    return f"{network.name}:{handle.casefold()}"

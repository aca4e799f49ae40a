"""The sections `[[webhooks]]`: other systems that are told what happens to golden contacts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from dedupe.config.sections import Name, Section

EventKind = Literal["made", "changed", "merged", "split", "retired", "revived", "erased"]
_KINDS: tuple[EventKind, ...] = ("made", "changed", "merged", "split", "retired", "revived", "erased")


class SubscriptionSection(Section):
    """A system that is told by signed requests what happens to golden contacts (docs/webhooks.md); one table
    for each. One that is missing here is paused: when it is back, it goes on where it was, unless events were
    deleted meanwhile, which is told."""

    name: Name = Field(description="what it is shown, logged and remembered by; a new name begins anew")
    url: str = Field(description="where the requests go; https, unless private addresses are allowed")
    kinds: list[EventKind] = Field(list(_KINDS), description="the kinds of events it is told; erased always")
    sources: list[str] = Field(
        default_factory=list, description="only events that concern a contact of one of these; default: all"
    )
    secrets_env: list[str] = Field(
        default_factory=list, description="variables that hold the secrets; each signs, for rotation"
    )
    secrets_file: list[Path] = Field(default_factory=list, description="files that hold such secrets")
    include_values: bool = Field(
        False, description="whether the golden contact's values are sent; else keys and ids alone"
    )
    allow_private_addresses: bool = Field(
        False, description="whether it may be on this machine or a private network, and without TLS"
    )
    timeout: Annotated[float, Field(gt=0, le=60)] = Field(10, description="seconds a request may take in all")
    give_up_after: Annotated[float, Field(gt=0)] = Field(
        72, description="hours from an event's first failure until it is a dead letter"
    )
    from_position: str | None = Field(
        None, description='where a new one begins: a cursor of events, or "start"; default: now'
    )

    @field_validator("kinds")
    @classmethod
    def _some(cls, kinds: list[EventKind]) -> list[EventKind]:
        if not kinds:
            raise ValueError("names no kind; leave it out for all")
        return list(dict.fromkeys(kinds))

    @model_validator(mode="after")
    def _usable(self) -> SubscriptionSection:
        if not (self.secrets_env or self.secrets_file):
            raise ValueError("give secrets_env or secrets_file: each request is signed")
        if (mistake := _mistaken_url(self.url, self.allow_private_addresses)) is not None:
            raise ValueError(mistake)
        return self


def _mistaken_url(url: str, private: bool) -> str | None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0) and url.isascii()
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        return "url is no address; write it as https://host/path"
    if parts.username or parts.password:
        return "url holds a user name or password; the signature proves who sends"
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return "url must begin with https://; http:// is for private addresses, with allow_private_addresses"
    return None

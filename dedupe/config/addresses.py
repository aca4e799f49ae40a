"""Addresses of contacts' pages in their providers, to which our pages lead."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from dedupe.model import EXTERNAL_ID


def address_of_contacts(address: str) -> str:
    """The address as it is. Raises ValueError unless it is a page's, with EXTERNAL_ID once behind the host,
    and without user and password."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        raise ValueError("is no address of a page") from None
    if parts.scheme not in ("http", "https") or not host or any(map(str.isspace, address)):
        raise ValueError("is no address of a page: it begins with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("holds a user or a password, which everybody who looks would see")
    others = address.replace(EXTERNAL_ID, "", 1)
    if EXTERNAL_ID in parts.netloc or len(others) == len(address) or {*others} & {*"{}"}:
        raise ValueError(
            f"names the contact by {EXTERNAL_ID}, once and behind the host, without other braces"
        )
    return address


ContactAddress = Annotated[str, AfterValidator(address_of_contacts)]

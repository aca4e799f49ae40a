"""Cards for tests: written as lines, read as contacts."""

from typing import Any

from dedupe.fetchers.files.vcards import read_card, split_cards


def folded(text: str, width: int = 70) -> str:
    """A line as RFC 6350 folds it."""
    return "\r\n ".join(text[at : at + width] for at in range(0, len(text), width))


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def of(*lines: str | bytes, version: str = "3.0") -> dict[str, Any]:
    """The contact of a card of these lines."""
    data = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    head, end = f"BEGIN:VCARD\r\nVERSION:{version}\r\n".encode(), b"\r\nEND:VCARD\r\n"
    (found,) = split_cards(head + data + end).cards
    assert found.whole
    return dict(read_card(found.text))


def values(contact: dict[str, Any], of_what: str) -> list[str]:
    return [one["given"] for one in contact[of_what]]


def names(contact: dict[str, Any]) -> list[dict[str, str]]:
    return [{key: part for key, part in name.items() if key != "attested"} for name in contact["names"]]

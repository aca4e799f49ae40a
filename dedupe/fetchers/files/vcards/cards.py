"""A card into a given contact."""

from __future__ import annotations

import re
from typing import Any

from dedupe.fetchers.files.vcards.card_names import NAMES, CardNames
from dedupe.fetchers.files.vcards.contact_points import ACCOUNTS, account_of, email_of, is_anothers, phone_of
from dedupe.fetchers.files.vcards.content import ContentLine, content_lines, parts, unescaped
from dedupe.fetchers.files.vcards.property_report import PropertyReport, PropertyUse
from dedupe.fetchers.given import time_of
from dedupe.model import Attested, GivenContact, GivenValue, Kind

_NOBODY = frozenset({"group", "org", "organization", "location", "device", "application"})
_FRAME = frozenset({"BEGIN", "END", "VERSION"})
_ANOTHERS = PropertyUse(aside="somebody else's, or a machine's")
_SECOND = PropertyUse(aside="a second one of its kind")
_SILENT = {
    "UID": PropertyUse("record_id"),
    "PRODID": PropertyUse(aside="the program that wrote the card"),
    "AGENT": _ANOTHERS,
    "X-ABLABEL": PropertyUse(aside="a label, read with the line that it stands at"),
    "SORT-STRING": PropertyUse(aside="how the name is sorted"),
    "X-ABADR": PropertyUse(aside="how an address is written"),
    **dict.fromkeys(("KIND", "X-KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS"), PropertyUse("kind")),
}
_RELATED = frozenset(
    {"RELATED", "X-ABRELATEDNAMES", "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"}
    | {"X-ASSISTANT", "X-MANAGER", "X-SPOUSE", "X-CHILDREN"}
    | {
        f"X-{maker}-{who}"
        for maker in ("EVOLUTION", "KADDRESSBOOK", "MS")
        for who in ("ASSISTANT", "MANAGER")
    }
    | {f"X-{maker}-SPOUSE" for maker in ("EVOLUTION", "KADDRESSBOOK", "MS")}
    | {"X-KADDRESSBOOK-X-ASSISTANTSNAME", "X-KADDRESSBOOK-X-MANAGERSNAME", "X-KADDRESSBOOK-X-SPOUSESNAME"}
)
_ADDRESS = "street, city, region, postcode, country"
_ONCE = {"TITLE": "job_title", "LANG": "language", "TZ": "time_zone"}
_NO_YEAR = frozenset({"1604", "0000", "0001"})  # what Apple and others write where only the day is known


def uid_of(card: str) -> str | None:
    """Its UID, when it has one."""
    return next((line.text for line in content_lines(card) if line.name == "UID" and line.text), None)


def read_card(card: str, report: PropertyReport | None = None) -> GivenContact:
    """Map a card to a given contact. Never raises; a line that can't be read is skipped (raw keeps it).

    `report` counts how each line was used.
    """
    contact: GivenContact = {
        "kind": Kind.PERSON,
        "names": [],
        "emails": [],
        "phones": [],
        "identifiers": [],
        "custom": {},
    }
    lines = list(content_lines(card))
    labels = {line.group: line.text for line in lines if line.name == "X-ABLABEL" and line.group}
    names = CardNames(next((line.text for line in lines if line.name == "VERSION"), "3.0"))
    for line in lines:
        became = _read(line, labels.get(line.group, ""), names, contact)
        if report is not None and line.name not in _FRAME:
            report.take(line.name, line.text, became)
    contact["names"] = names.given()
    contact["kind"] = _kind(lines, names)
    return contact


def _kind(lines: list[ContentLine], names: CardNames) -> Kind:
    """The kind by KIND, else by Apple's marks of groups and of companies (a company only if nobody is
    named)."""
    said = {line.name: line.text.lower() for line in lines}
    kind = said.get("KIND") or said.get("X-KIND") or said.get("X-ADDRESSBOOKSERVER-KIND") or ""
    nobody = not any({"given", "family"} & name.keys() for _, name in names.in_parts)
    if not kind and said.get("X-ABSHOWAS") == "company" and nobody:
        return Kind.GROUP
    return Kind.GROUP if kind in _NOBODY else Kind.PERSON


def _read(line: ContentLine, label: str, names: CardNames, contact: GivenContact) -> PropertyUse:
    if line.name in NAMES:
        names.take(line)
        return PropertyUse(NAMES[line.name])
    if line.name in _SILENT or line.name in _FRAME or not line.text:
        return _SILENT.get(line.name, PropertyUse())
    return _take(line, label, contact)


def _take(line: ContentLine, label: str, contact: GivenContact) -> PropertyUse:
    if line.name in ("TEL", "EMAIL"):
        found = _given(phone_of(line) if line.name == "TEL" else email_of(line))
        if is_anothers(line, label):
            _keep(contact, f"{line.name.lower()} {label or ' '.join(sorted(line.types))}", found["given"])
            return _ANOTHERS
        contact["phones" if line.name == "TEL" else "emails"].append(found)
        return PropertyUse("phone" if line.name == "TEL" else "email")
    if line.name in ACCOUNTS:
        account = account_of(line, label)
        if account is not None:
            contact["identifiers"].append(account)
            return PropertyUse("identifier")
        _keep(contact, line.name.lower(), line.text)
        return PropertyUse(aside="an account of no network that is known")
    return _place(line, contact) if line.name == "ADR" else _take_single(line, contact)


def _take_single(line: ContentLine, contact: GivenContact) -> PropertyUse:
    if line.name in _ONCE:
        return _take_once(contact, _ONCE[line.name], line.text, _ONCE[line.name])
    match line.name:
        case "ORG":
            units = [text for part in parts(line.value) if (text := unescaped(part).strip())]
            if len(units) > 1:
                _keep(contact, "department", ", ".join(units[1:]))
            return _take_once(contact, "company", units[0], "company") if units else PropertyUse()
        case "BDAY":
            date = birthday(line.text, line.parameters.get("X-APPLE-OMIT-YEAR"))
            return _take_once(contact, "birth", date, "birth_date")
        case "REV":
            moment = time_of(_dashed(line.text))
            if moment is None:
                return PropertyUse(aside="no time")
            contact["changed_at"] = moment
            return PropertyUse("updated_at")
        case _:
            _keep(contact, line.name.lower(), line.text)
            return _ANOTHERS if line.name in _RELATED else PropertyUse()


def _take_once(contact: GivenContact, key: str, value: str, field: str) -> PropertyUse:
    """The first one stands."""
    if key in contact:
        return _SECOND
    contact[key] = value  # type: ignore[literal-required]
    return PropertyUse(field)


def _keep(contact: GivenContact, name: str, value: str) -> None:
    """As a custom attribute; several of one name as a list."""
    custom: dict[str, Any] = contact["custom"]
    before = custom.get(name.strip())
    if before is None:
        custom[name.strip()] = value
    else:
        custom[name.strip()] = [*(before if isinstance(before, list) else [before]), value]


def birthday(text: str, omitted: str | None = None) -> str:
    """A vCard date as YYYY-MM-DD, --MM-DD or YYYY; other forms as written.

    `omitted` is the year that stands for an unknown one, as Apple writes it.
    """
    date = text.partition("T")[0].partition(" ")[0].strip()
    match = re.fullmatch(r"(\d{4}|--)-?(\d{1,2})-(\d{1,2})|(\d{4}|--)-?(\d{2})(\d{2})", date)
    if not match:
        return text
    year, month, day = (group for group in match.groups() if group is not None)
    if year in {"--", omitted} | _NO_YEAR:
        return f"--{month:0>2}-{day:0>2}"
    return f"{year}-{month:0>2}-{day:0>2}"


def _dashed(text: str) -> str:
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(.*)", text)
    return "{}-{}-{}T{}:{}:{}{}".format(*match.groups()) if match else text


def _place(line: ContentLine, contact: GivenContact) -> PropertyUse:
    """The first address stands; what of others differs is kept as a custom attribute."""
    found = [", ".join(filter(None, map(_lined, parts(part, ",")))) for part in parts(line.value)]
    box, more, street, *rest = [*found, *[""] * 7][:7]
    named = dict(zip(("city", "region", "postcode", "country"), rest, strict=True))
    named["street"] = ", ".join(filter(None, (street, more))) or box
    if any(contact.get(field) for field in named):
        _keep(contact, "address", ", ".join(filter(None, found)))
        return _SECOND
    for field, part in named.items():
        if part:
            contact[field] = part  # type: ignore[literal-required]
    return PropertyUse(_ADDRESS)


def _lined(part: str) -> str:
    return unescaped(part).strip()


def _given(value: str) -> GivenValue:
    return {"given": value, "attested": Attested.IMPORT}

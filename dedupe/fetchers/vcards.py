"""vCard 2.1, 3.0 and 4.0: a file into cards, a card into a given contact.

Of a card its lines are kept as they stand, but for photos, logos, sounds and keys: those are dropped.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import NamedTuple

from dedupe.fetchers.given import time_of
from dedupe.model import Attested, GivenContact, GivenName, GivenValue, Kind

_DROPPED = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_KINDS = {"group": Kind.GROUP, "org": Kind.GROUP}


class Line(NamedTuple):
    """One content line: its name in capitals, its parameters (`TYPE=`-less ones as types), its raw value."""

    name: str
    parameters: dict[str, str]
    value: str


class CardText(NamedTuple):
    """A card as it stands in the file; `number` is the line of its BEGIN."""

    number: int
    text: str
    whole: bool  # it has its END


def split_cards(text: str) -> Iterator[CardText]:
    """Each card of a file, the broken ones too."""
    begun: int | None = None
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            if begun is not None:
                yield CardText(begun, "\n".join(lines), False)
            begun, lines = number, [line]
        elif begun is not None:
            lines.append(line)
            if mark == "END:VCARD":
                yield CardText(begun, "\n".join(lines), True)
                begun, lines = None, []
    if begun is not None:
        yield CardText(begun, "\n".join(lines), False)


def without_photos(card: str) -> str:
    """The card's logical lines, unfolded, less those that are pictures, sounds or keys."""
    return "\n".join(line for line in _logical_lines(card) if _name_of(line) not in _DROPPED)


def uid_of(card: str) -> str | None:
    """Its UID, when it has one."""
    return next((_unescaped(line.value) for line in _lines(card) if line.name == "UID" and line.value), None)


def read_card(card: str) -> GivenContact:
    """What the card says. Never raises; a line that can't be read is passed over (raw keeps it)."""
    contact: GivenContact = {"kind": Kind.PERSON, "names": [], "emails": [], "phones": [], "custom": {}}
    name: GivenName = {}
    for line in _lines(card):
        _take(line, contact, name)
    if name:
        contact["names"].insert(0, name)
        name["attested"] = Attested.IMPORT
    return contact


def _take(line: Line, contact: GivenContact, name: GivenName) -> None:
    value = _unescaped(line.value).strip()
    if not value:
        return
    match line.name:
        case "FN":
            name["full"] = value
        case "N":
            parts = [*_parts(line.value), "", "", "", "", ""]
            for key, part in zip(("family", "given", "middle", "prefix", "suffix"), parts, strict=False):
                if part:
                    name[key] = part  # type: ignore[literal-required]
        case "NICKNAME":
            contact["names"] += [
                {"nickname": nick.strip(), "attested": Attested.IMPORT} for nick in value.split(",")
            ]
        case "EMAIL":
            contact["emails"].append(_given(re.sub(r"(?i)^mailto:", "", value)))
        case "TEL":
            if "FAX" not in line.parameters.get("TYPE", "").upper():
                contact["phones"].append(_given(re.sub(r"(?i)^tel:", "", value)))
        case "ADR":
            _place(line, contact)
        case _:
            _take_single(line, value, contact)


def _take_single(line: Line, value: str, contact: GivenContact) -> None:
    match line.name:
        case "ORG":
            contact.setdefault("company", next((part for part in _parts(line.value) if part), value))
        case "TITLE":
            contact.setdefault("job_title", value)
        case "BDAY":
            contact.setdefault("birth", birthday(value))
        case "LANG":
            contact.setdefault("language", value)
        case "TZ":
            contact.setdefault("time_zone", value)
        case "KIND":
            contact["kind"] = _KINDS.get(value.lower(), Kind.PERSON)
        case "REV":
            if (moment := time_of(_dashed(value))) is not None:
                contact["changed_at"] = moment
        case "BEGIN" | "END" | "VERSION" | "UID" | "PRODID":
            pass
        case _:
            contact["custom"][line.name.lower()] = value


def birthday(text: str) -> str:
    """A vCard date as the house writes it: YYYY-MM-DD, --MM-DD or YYYY; other forms as they stand."""
    date = text.partition("T")[0]
    if match := re.fullmatch(r"(\d{4}|--)-?(\d{2})-?(\d{2})", date):
        year, month, day = match.groups()
        return f"--{month}-{day}" if year == "--" else f"{year}-{month}-{day}"
    return text


def _dashed(text: str) -> str:
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(.*)", text)
    return "{}-{}-{}T{}:{}:{}{}".format(*match.groups()) if match else text


def _place(line: Line, contact: GivenContact) -> None:
    parts = [*_parts(line.value), *[""] * 7]
    street = ", ".join(part for part in (parts[2], parts[1]) if part)
    found = {
        "street": street,
        "city": parts[3],
        "region": parts[4],
        "postcode": parts[5],
        "country": parts[6],
    }
    if any(contact.get(field) for field in found):
        return  # the first address stands
    for field, part in found.items():
        if part:
            contact[field] = part  # type: ignore[literal-required]


def _given(value: str) -> GivenValue:
    return {"given": value, "attested": Attested.IMPORT}


def _logical_lines(card: str) -> Iterator[str]:
    """Folded lines joined: by leading blanks, or by `=` at the end where quoted-printable is declared."""
    whole = ""
    for line in card.splitlines():
        soft = whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper()
        if whole and line[:1] in (" ", "\t"):
            whole += line[1:]
        elif soft:
            whole = whole[:-1] + line
        else:
            if whole:
                yield whole
            whole = line
    if whole:
        yield whole


def _name_of(line: str) -> str:
    return re.split(r"[:;]", line, maxsplit=1)[0].rpartition(".")[2].strip().upper()


def _lines(card: str) -> Iterator[Line]:
    for line in _logical_lines(card):
        head, colon, value = _cut(line)
        if not colon:
            continue
        _, *parameters = head.split(";")
        known: dict[str, str] = {}
        for parameter in parameters:
            key, equals, text = parameter.partition("=")
            name = key.strip().upper() if equals else "TYPE"
            known[name] = ",".join(filter(None, (known.get(name), text if equals else key)))
        yield Line(_name_of(line), known, _decoded(value, known))


def _cut(line: str) -> tuple[str, str, str]:
    """At the first colon that isn't inside a quoted parameter."""
    quoted = False
    for position, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:position], ":", line[position + 1 :]
    return line, "", ""


def _decoded(value: str, parameters: dict[str, str]) -> str:
    if "QUOTED-PRINTABLE" not in ",".join(parameters.values()).upper():
        return value
    data = quopri.decodestring(value.encode("ascii", "replace"))
    try:
        return data.decode(parameters.get("CHARSET", "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def _parts(value: str) -> list[str]:
    """A structured value's components; an escaped semicolon doesn't part them."""
    return [_unescaped(part).strip() for part in re.split(r"(?<!\\);", value)]


def _unescaped(value: str) -> str:
    return re.sub(r"\\([nN;,:\\])", lambda match: "\n" if match[1] in "nN" else match[1], value)

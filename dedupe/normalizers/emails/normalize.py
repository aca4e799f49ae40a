"""Emails: a column of given texts → normalized addresses, match keys, marks, or the reason why not.

Fields of `schemas.EMAIL`:

- `given`: the part of the field that holds this address, as written.
- `value`: email-validator's normalized address with the local part in lower case; the domain in Unicode form.
- `local`: the local part without tag and separators, folded to Latin letters and digits (`johnsmith`).
- `domain`: ASCII (punycode), lower case.
- `keys`, the strongest first:
  `keys[0]` the mailbox key: `local@domain` after the provider's rules (dots, tags, domain aliases);
  then, if the domain looks mistyped (mark `near_miss`), the mailbox key of the domain that was meant;
  then, if the address has a tag behind `+` at a domain that isn't known to have tags, `untagged:` and the
  mailbox key without it: nobody else is likely to have the address;
  then `local:` + `local`, to find candidates across domains (not below four characters);
  then, for locals of two words, `name:` and these sorted, as in the `t:` key of names: a hint. The last three
  not for role and relay addresses.
  Empty for marks `ours`, `placeholder`, `noreply` and `anothers`: these are never match keys.
- `marks`: `role`, `noreply`, `placeholder`, `free` (a free provider; otherwise it is a company's or a
  person's own domain), `disposable`, `relay`, `near_miss`, `ours`, `repaired` (words behind the address or
  white space beside its signs were taken out; where that may give another address it is rejected),
  `anothers` (of several addresses one with the name of somebody else beside it, as `Bo Ray <bo@x.org>`
  beside Ann's own: it is no evidence and not served as hers; see `display_names`).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from dedupe.normalizers.emails.mailboxes import (
    domain_marks,
    folded_local,
    local_marks,
    mailbox_key,
    meant_domain,
    name_hint,
    untagged_key,
)
from dedupe.normalizers.rules import alternatives, rules, words
from dedupe.normalizers.text import clean

_LONGEST_ADDRESS = 320  # RFC 3696: 64 before the @ and 255 behind it
LONGEST_FIELD = 20_000
"""Characters of one given field; longer ones are rejected whole."""

NO_KEYS = frozenset({"ours", "placeholder", "noreply"})
_SEPARATORS = re.compile(r"[;,|\r\n\t]+|(?<=\s)/(?=\s)")
_QUOTED = re.compile(r'"[^"]*"')
_OR = words(rules("emails")["between"])
_BETWEEN = re.compile(r"(?<=[a-z])/(?=[^@/]+@)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?!mailto:)[^@:]{1,40}:(?://)?\s*(?=[^\s@]+@)|\([^()@]{0,40}\)\s*(?=[^\s@]+@)", re.IGNORECASE
)
_NOTED = re.compile(r"([^\s@]+@[^\s@]+\.[^\s@.]{2,})\s+([^@]*)")
_FRAGMENT = re.compile(r"[a-z]{1,3}(?!\S)")
"""Behind an address perhaps the rest of its domain (`ann@acme.co m`)."""
_LOOSE_SIGNS = re.compile(r"\s*@\s*|\s*\.\s*(?=[^@]*$)")
_AT_SPELLED = re.compile(rf"\s*(?:{alternatives(rules('emails')['at_spelled'])})\s*", re.IGNORECASE)
_DOT_SPELLED = re.compile(rf"\s*(?:{alternatives(rules('emails')['dot_spelled'])})\s*", re.IGNORECASE)
_SPOKEN = re.compile(r"(\S+) at (\S+) dot ([a-z]{2,})", re.IGNORECASE)
_ANGLED = re.compile(r"<([^<>]*)>[^<>]*$")
_BRACKETED = re.compile(r"<\s*([^<>\s@]+@[^<>\s@]+)\s*>")  # one @, so that it stays linear
_WRAPPED = frozenset(["<>", "()", "[]", "''", '""', "``"])
_REASONS = [
    (re.compile("must have an @-sign|instead of a regular at-sign"), "no @-sign"),
    (re.compile("must be something"), "nothing before or after the @-sign"),
    (re.compile("too long"), "too long"),
    (re.compile("special-use or reserved"), "reserved domain"),
    (re.compile("Quoting"), "quoted local part"),
    (re.compile("bracketed IP|in brackets"), "address in brackets"),
    (re.compile("should have a period|top-level domain"), "no such top-level domain"),
    (re.compile("period|hyphen"), "misplaced period or hyphen"),
    (re.compile("characters|IDNA|quote"), "invalid characters"),
]


class NormalizedEmail(NamedTuple):
    """One address; where it is none, `reason` is set and the rest empty."""

    value: str | None = None
    local: str | None = None
    domain: str | None = None
    keys: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    reason: str | None = None


class Ours(NamedTuple):
    """Our own addresses, as mailbox keys and ASCII domains."""

    mailboxes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()


NOT_OURS = Ours()


def ours(emails: Iterable[str], domains: Iterable[str]) -> Ours:
    own = [key for text in emails for key in normalize_email(text).keys[:1]]
    hosts = [normalize_email(f"x@{domain.strip().lstrip('@')}").domain for domain in domains]
    return Ours(frozenset(own), frozenset(host for host in hosts if host))


def split_emails(text: str) -> list[str]:
    """The addresses of one field, each as written; a field with one address is given back whole."""
    if len(text) > LONGEST_FIELD or (not _SEPARATORS.search(text) and text.count("@") < 2):
        return [text]
    if text.count("@") < 2 and "<" in text:
        return [text]
    parts: list[str] = []
    for piece in _pieces(text):
        if piece.count("@") > 1 and "<" in piece:
            parts.extend(_behind_brackets(piece))
            continue
        several = piece.count("@") > 1 and '"' not in piece
        found = _BETWEEN.sub(" ", piece).split() if several else [piece]
        parts.extend(part for part in found if not several or part.casefold() not in _OR)
    return parts or [text]


def _behind_brackets(piece: str) -> list[str]:
    """`Ann <ann@x.org> and Bo <bo@x.org>` → each address with the name before it; one that is repeated as
    its own name (`ann@x.org <ann@x.org>`) is one."""
    parts, start = [], 0
    for found in _BRACKETED.finditer(piece):
        words = piece[start : found.start()].split()
        others = [word for word in words if "@" in word and word.strip("'\"").lower() != found[1].lower()]
        parts.extend(others)
        while words and words[0].casefold() in _OR:
            words = words[1:]
        apart = set(others)
        parts.append(" ".join([*(word for word in words if word not in apart), found[0]]))
        start = found.end()
    rest = piece[start:].strip()
    if "@" in rest or not parts:
        parts.extend(part for part in rest.split() if "@" in part) if parts else parts.append(piece)
    elif rest:
        parts[-1] = f"{parts[-1]} {rest}"
    return parts


def _pieces(text: str) -> list[str]:
    """Cut at separators outside of quotes; what has no @ belongs to the display name that follows."""
    hidden = _QUOTED.sub(lambda found: "\x00" * len(found[0]), text)
    pieces, start, waiting = [], 0, 0
    for found in [*_separators(hidden), None]:
        end = found.start() if found else len(text)
        piece = text[start:end]
        if "<" in text and "@" not in piece and found and found[0] == ",":
            continue_from = waiting
        else:
            continue_from = end
            pieces.append(text[waiting:end].strip())
        waiting = continue_from if continue_from == waiting else (found.end() if found else end)
        start = found.end() if found else end
    return [piece for piece in pieces if piece]


def _separators(text: str) -> Iterator[re.Match[str]]:
    """The places where a field is split. A comma or bar without white space separates only addresses (not
    `a|b@x.org`)."""
    found = [*_SEPARATORS.finditer(text)]
    bounds = [0, *(one.end() for one in found)], [*(one.start() for one in found), len(text)]
    pieces = [text[start:end] for start, end in zip(*bounds, strict=True)]
    for one, before, behind in zip(found, pieces, pieces[1:], strict=False):
        tight = one[0] in (",", "|") and not before.endswith(" ") and not behind.startswith(" ")
        if not (tight and (_is_part(before) or _is_part(behind))):
            yield one


def _is_part(piece: str) -> bool:
    """Whether it may be the beginning or end of an address that was split."""
    return bool(piece) and "@" not in piece and not re.search(r"\s", piece)


class BareAddress(NamedTuple):
    """An address without the text around it; `repaired`: more than brackets and labels was removed."""

    text: str
    repaired: bool = False


def bare_address(text: str) -> BareAddress:
    """Without display name, label, note behind, `mailto:`, angle brackets and anything invisible.

    Words before an address stay: they may be its beginning (`ann smith@x.org`). So does a fragment behind it.
    """
    text = _with_sign(clean(text))
    angled = _ANGLED.search(text)
    if angled and "@" in angled[1]:
        text = angled[1].strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    repaired = False
    if (noted := _NOTED.fullmatch(text)) and not _may_go_on(noted[2]):
        text, repaired = noted[1], noted[2][:1] not in ("(", "[", "")
    text = text.strip(" ,;").rstrip(" ,;./")
    if text[:1] + text[-1:] in _WRAPPED and len(text) > 1:
        text = text[1:-1].strip()
    tight = _LOOSE_SIGNS.sub(lambda sign: sign[0].strip(), text)
    if tight != text and not re.search(r"\s", tight):
        text, repaired = tight, True
    return BareAddress(_without_lone_brackets(text), repaired)


def _may_go_on(note: str) -> bool:
    found = _FRAGMENT.match(note)
    return found is not None and found[0] not in _OR


def _without_lone_brackets(text: str) -> str:
    """`<ann@x.org` and `ann@x.org)`: the half of a pair."""
    for opening, closing in ("<>", "()", "[]"):
        if text.startswith(opening) and closing not in text:
            text = text[1:]
        elif text.endswith(closing) and opening not in text:
            text = text[:-1]
    return text


def _with_sign(text: str) -> str:
    """`ann (at) x (dot) org`, and the full-width sign."""
    text = text.replace("\uff20", "@")
    if "@" in text or len(text) > _LONGEST_ADDRESS:
        return text
    if spoken := _SPOKEN.fullmatch(text):
        return f"{spoken[1]}@{spoken[2]}.{spoken[3]}"
    return _DOT_SPELLED.sub(".", _AT_SPELLED.sub("@", text))


@lru_cache(maxsize=8192)
def normalize_email(text: str, own: Ours = NOT_OURS) -> NormalizedEmail:
    """Normalize one address."""
    if len(text) > LONGEST_FIELD:
        return NormalizedEmail(reason="too long")
    bare = bare_address(text)
    try:
        valid = validate_email(bare.text, check_deliverability=False)
    except EmailNotValidError as error:
        return NormalizedEmail(reason=_reason(str(error), bare.text))
    email = make_email(_lowered(valid), valid.domain, str(valid.ascii_domain), own)
    return email._replace(marks=(*email.marks, "repaired")) if bare.repaired else email


def _lowered(valid: ValidatedEmail) -> str:
    """The local part in lower case, unless that makes it another kind of address (some Unicode does)."""
    lowered = valid.local_part.lower()
    if lowered == valid.local_part or lowered.isascii():
        return lowered
    try:
        again = validate_email(f"{lowered}@{valid.ascii_domain}", check_deliverability=False)
    except EmailNotValidError:
        return valid.local_part
    return again.local_part if again.local_part.lower() == again.local_part else valid.local_part


def _reason(message: str, address: str) -> str:
    if re.search(r"\S\s+\S", address) and "@" in address and '"' not in address:
        return "white space within the address"
    return next((reason for pattern, reason in _REASONS if pattern.search(message)), "not an email")


def make_email(local: str, domain: str, ascii_domain: str, own: Ours) -> NormalizedEmail:
    """A valid address with its keys and marks; `local` in lower case."""
    key, folded = mailbox_key(local, ascii_domain), folded_local(local, ascii_domain)
    marks = [*local_marks(local, ascii_domain), *domain_marks(ascii_domain)]
    if key in own.mailboxes or ascii_domain in own.domains:
        marks.append("ours")
    keys: list[str] = []
    if not NO_KEYS.intersection(marks):
        meant = meant_domain(ascii_domain)
        keys = [key, *([mailbox_key(local, meant)] if meant else [])]
        if not {"role", "relay"}.intersection(marks):
            hint, untagged = name_hint(local, ascii_domain), untagged_key(local, ascii_domain)
            keys += [f"untagged:{untagged}"] * bool(untagged)
            keys += [f"local:{folded}"] * (len(folded) >= 4) + [f"name:{hint}"] * bool(hint)
    return NormalizedEmail(f"{local}@{domain}", folded, ascii_domain, tuple(keys), tuple(marks))

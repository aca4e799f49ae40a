"""Emails by the batch, with exactly the results of email-validator and `emails.normalize_email` for one.

The column path takes plain addresses: an ASCII dot-atom, one @, and a domain. Each distinct domain is
validated once (plain ASCII ones by a pattern). Everything else goes to `normalize_email`. A differential
test compares the two.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import email_validator
import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, columns_of, combined, distinct, lists_of
from dedupe.arrays.untyped import Array, DataType, Table, pa, pc
from dedupe.normalizers.emails.mailboxes import (
    SHORT,
    Provider,
    domain_marks,
    email_words,
    local_marks,
    mailbox_key,
    meant_domain,
    providers,
)
from dedupe.normalizers.emails.normalize import NO_KEYS, Ours, normalize_email

KINDS: dict[str, DataType] = {
    "value": pa.string(),
    "local": pa.string(),
    "domain": pa.string(),
    "keys": pa.list_(pa.string()),
    "marks": pa.list_(pa.string()),
    "reason": pa.string(),
}
Mask = npt.NDArray[np.bool_]
_ATEXT = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+"
_PLAIN = rf"^(?P<local>{_ATEXT}(?:\.{_ATEXT})*)@(?P<domain>[^@\s<>\"'`,;:()\[\]]+)$"
# Without two hyphens in a row, so neither Punycode nor anything that looks like it; the end is a letter.
_LABEL = "[a-z0-9]+(?:-[a-z0-9]+)*"
_PLAIN_DOMAIN = rf"^(?:{_LABEL}\.)+(?:[a-z0-9]+-)*[a-z0-9]*[a-z]$"
_LONGEST_LABEL, _LONGEST_ADDRESS = 63, 254
_PARTED = r"^(?P<one>[a-z]{2,})[._\-](?P<two>[a-z]{2,})[0-9]{0,4}$"
_NO_PROVIDER = Provider("")


@dataclass(frozen=True)
class Domains:
    """The properties of each distinct domain, as columns; `place` is the domain's index for each address."""

    place: Rows
    shown: Array  # null where the domain is not valid
    ascii: Array
    reason: Array
    longest: Array  # bytes of the longest of its forms
    repaired: Array  # it had to be mended (a space or a control character in it), which the address tells

    def of(self, column: Array) -> Array:
        return column.take(pa.array(self.place))


def normalize_emails(texts: Array, own: Ours) -> Table:
    """Normalize a column of distinct addresses; gives KINDS, row by row."""
    found = pc.extract_regex(pc.ascii_trim_whitespace(texts), _PLAIN)
    plain = pc.is_valid(found).to_numpy(zero_copy_only=False)
    domains = _domains(pc.struct_field(found, "domain").filter(pa.array(plain)))
    local = pc.ascii_lower(pc.struct_field(found, "local").filter(pa.array(plain)))
    fits = _fits(local, domains)
    fast = np.flatnonzero(plain)[fits]
    kept = replace(domains, place=domains.place[fits])
    slow = np.setdiff1d(np.arange(len(texts)), fast, assume_unique=True)
    asked = [normalize_email(text, own) for text in texts.take(pa.array(slow)).to_pylist()]
    both = pa.concat_tables([_addresses(local.filter(pa.array(fits)), kept, own), columns_of(KINDS, asked)])
    order = np.argsort(np.concatenate([fast, slow]), kind="stable")
    return both.take(pa.array(order)).combine_chunks()


def _domains(written: Array) -> Domains:
    """Validate each distinct domain once: by a pattern where that suffices, else by email-validator."""
    values, place = distinct(written)
    lower = pc.ascii_lower(values)
    special = "|".join(re.escape(name) for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)
    short = pc.less_equal(pc.binary_length(lower), _LONGEST_LABEL)
    ordinary = pc.invert(pc.match_substring_regex(lower, rf"(?:^|\.)(?:{special})$"))
    proven = pc.and_(pc.and_(short, ordinary), pc.match_substring_regex(lower, _PLAIN_DOMAIN))
    proven = proven.to_numpy(zero_copy_only=False)
    open_places = np.flatnonzero(~proven)
    kinds = {"shown": pa.string(), "ascii": pa.string(), "reason": pa.string(), "repaired": pa.bool_()}
    asked = columns_of(kinds, [_asked(text) for text in values.take(pa.array(open_places)).to_pylist()])
    at = np.full(len(values), -1)
    at[open_places] = np.arange(len(open_places))
    answers = asked.take(pa.array(at, mask=at < 0))
    known = pa.array(proven)
    shown, plain = (pc.if_else(known, lower, combined(answers[name])) for name in ("shown", "ascii"))
    longest = pc.max_element_wise(*(pc.binary_length(form) for form in (values, shown, plain)))
    repaired = pc.fill_null(combined(answers["repaired"]), False)
    return Domains(place, shown, plain, combined(answers["reason"]), longest, repaired)


def _asked(domain: str) -> tuple[str | None, str | None, str | None, bool]:
    email = normalize_email(f"a@{domain}")
    if email.value is None:
        return None, None, email.reason, False
    return email.value.partition("@")[2], email.domain, None, "repaired" in email.marks


def _fits(local: Array, domains: Domains) -> Mask:
    """Whether the address is certainly within the length limits and unchanged; others are normalized one
    by one."""
    total = pc.add(pc.binary_length(local), domains.of(domains.longest))
    short = pc.less(total, _LONGEST_ADDRESS)
    fits: Mask = pc.and_not(short, domains.of(domains.repaired)).to_numpy(zero_copy_only=False)
    return fits


def _addresses(local: Array, domains: Domains, own: Ours) -> Table:
    """KINDS of lower-case local parts and their domains; null but for the reason where the domain isn't
    valid."""
    names = domains.ascii.to_pylist()
    rules = [providers().get(name or "", _NO_PROVIDER) for name in names]
    bare = _without_tag(local, [rule.tag if rule.domain else "+" for rule in rules], domains)
    mailbox = _mailbox(local, rules, domains)
    keyed = pa.array([rule.domain or name for rule, name in zip(rules, names, strict=True)], pa.string())
    key = pc.binary_join_element_wise(mailbox, domains.of(keyed), "@")
    head = _without_tag(mailbox, ["+"] * len(names), domains)
    untagged = pc.binary_join_element_wise(head, domains.of(keyed), "@")
    folded = pc.replace_substring_regex(bare, "[^a-z0-9]+", "")
    valid = domains.of(pc.is_valid(domains.shown))
    marks, unkeyed, impersonal = _marks(local, key, domains, own)
    named = pc.and_(valid, pa.array(~unkeyed))
    hinted = pc.and_(named, pa.array(~impersonal))
    long_enough = pc.greater_equal(pc.binary_length(folded), 4)
    keys = [
        pc.if_else(named, key, None),
        pc.if_else(named, _meant_keys(local, domains), None),
        pc.if_else(pc.and_(hinted, pc.not_equal(head, mailbox)), _prefixed("untagged:", untagged), None),
        pc.if_else(pc.and_(hinted, long_enough), _prefixed("local:", folded), None),
        pc.if_else(hinted, _name_hint(bare), None),
    ]
    return pa.table(
        {
            "value": pc.binary_join_element_wise(local, domains.of(domains.shown), "@"),
            "local": pc.if_else(valid, folded, None),
            "domain": domains.of(domains.ascii),
            "keys": lists_of(keys),
            "marks": marks,
            "reason": domains.of(domains.reason),
        }
    ).cast(pa.schema(list(KINDS.items())))


def _prefixed(prefix: str, column: Array) -> Array:
    return pc.binary_join_element_wise(prefix, column, "")


def _where(domains: Domains, holds: list[bool]) -> Mask:
    return np.array(holds, bool)[domains.place]


def _without_tag(local: Array, tags: list[str], domains: Domains) -> Array:
    """The part before the first tag sign of the domain, where there is one."""
    for tag in sorted(set(tags) - {""}):
        pattern = rf"^([^{re.escape(tag)}]+){re.escape(tag)}.*$"
        wanted = _where(domains, [mine == tag for mine in tags])
        wanted &= pc.match_substring(local, tag).to_numpy(zero_copy_only=False)
        local = _changed(
            local, wanted, partial(pc.replace_substring_regex, pattern=pattern, replacement=r"\1")
        )
    return local


def _changed(column: Array, wanted: Mask, change: Callable[[Array], Array]) -> Array:
    """The column with the wanted ones changed."""
    if not wanted.any():
        return column
    return pc.replace_with_mask(column, pa.array(wanted), change(column.filter(pa.array(wanted))))


def _mailbox(local: Array, rules: list[Provider], domains: Domains) -> Array:
    """`mailboxes.mailbox_local` for columns."""
    base = _without_tag(local, [rule.tag for rule in rules], domains)
    base = _dropped(base, ".", _where(domains, [rule.dots for rule in rules]))
    for swap in sorted({rule.swap for rule in rules if rule.swap}):
        old, new = swap
        wanted = _where(domains, [rule.swap == swap for rule in rules])
        change = partial(pc.replace_substring, pattern=old, replacement=new)
        base = _changed(base, wanted, change)
    return base


def _dropped(column: Array, sign: str, wanted: Mask) -> Array:
    """The column without a sign, unless nothing would be left."""
    wanted = wanted & pc.match_substring(column, sign).to_numpy(zero_copy_only=False)

    def drop(part: Array) -> Array:
        bare = pc.replace_substring(part, sign, "")
        return pc.if_else(pc.equal(bare, ""), part, bare)

    return _changed(column, wanted, drop)


def _meant_keys(local: Array, domains: Domains) -> Array:
    """The mailbox key at the probably intended domain, where this one looks mistyped."""
    meant = [meant_domain(name) if name else None for name in domains.ascii.to_pylist()]
    rows = np.flatnonzero(_where(domains, [name is not None for name in meant]))
    found = [
        mailbox_key(text, str(meant[domains.place[row]]))
        for row, text in zip(rows.tolist(), local.take(pa.array(rows)).to_pylist(), strict=True)
    ]
    at = np.full(len(local), -1)
    at[rows] = np.arange(len(rows))
    return pa.array(found, pa.string()).take(pa.array(at, mask=at < 0))


def _name_hint(bare: Array) -> Array:
    """`name:` and the sorted words of a local part of two words."""
    found = pc.extract_regex(bare, _PARTED)
    one, two = pc.struct_field(found, "one"), pc.struct_field(found, "two")
    ordered = pc.less_equal(one, two)
    first, last = pc.if_else(ordered, one, two), pc.if_else(ordered, two, one)
    return _prefixed("name:", pc.binary_join_element_wise(first, last, " "))


def _marks(local: Array, key: Array, domains: Domains, own: Ours) -> tuple[Array, Mask, Mask]:
    """The marks; where no match key is allowed; where no match key beyond the mailbox is allowed."""
    names = domains.ascii.to_pylist()
    by_domain = [(*domain_marks(name),) if name else () for name in names]
    mine = _where(domains, [name in own.domains for name in names])
    mine |= pc.is_in(key, pa.array(sorted(own.mailboxes), pa.string())).to_numpy(zero_copy_only=False)
    kinds: dict[tuple[str, ...], int] = {}
    base = np.array([kinds.setdefault(marks, len(kinds)) for marks in by_domain], np.int64)
    codes = base[domains.place] if len(base) else np.zeros(0, np.int64)
    known = _where(domains, [bool(name) for name in names])
    special = np.flatnonzero((_maybe_special(local, domains) | mine) & known)
    for row, text in zip(special.tolist(), local.take(pa.array(special)).to_pylist(), strict=True):
        place = domains.place[row]
        marks = (*local_marks(text, names[place]), *by_domain[place], *(("ours",) if mine[row] else ()))
        codes[row] = kinds.setdefault(marks, len(kinds))
    unkeyed = np.array([bool(NO_KEYS.intersection(marks)) for marks in kinds], bool)
    impersonal = np.array(["role" in marks or "relay" in marks for marks in kinds], bool)
    lists = pa.array([list(marks) for marks in kinds], pa.list_(pa.string()))
    return lists.take(pa.array(codes)), unkeyed[codes], impersonal[codes]


def _maybe_special(local: Array, domains: Domains) -> Mask:
    """Local parts to which `mailboxes.local_marks` may add a mark."""
    untagged = pc.replace_substring_regex(local, r"^([^+]+)\+.*$", r"\1")
    words = pc.replace_substring_regex(untagged, r"[._\-]+", " ")
    whole = pc.replace_substring(words, " ", "")
    lists = ("roles", "noreply", "sure_placeholder_locals")
    listed = pa.array(sorted(frozenset().union(*(email_words(name) for name in lists))))
    first = pc.replace_substring_regex(words, "^ ?([^ ]*).*$", r"\1")
    bare = pc.replace_substring_regex(whole, "[0-9]{1,3}$", "")
    found = pc.or_(pc.is_in(whole, listed), pc.or_(pc.is_in(first, listed), pc.is_in(bare, listed)))
    noreply = pc.match_substring_regex(whole, "^(?:noreply|donotreply)")
    doubtful = email_words("placeholder_domains") | email_words("sure_placeholder_domains")
    placeholder = _where(domains, [name in doubtful for name in domains.ascii.to_pylist()])
    short = pc.less_equal(pc.binary_length(whole), SHORT)
    special: Mask = pc.or_(pc.or_(found, noreply), short).to_numpy(zero_copy_only=False) | placeholder
    return special

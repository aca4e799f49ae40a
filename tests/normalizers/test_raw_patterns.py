"""Patterns for raw find every text in which a value stands, however it is written, and little else."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedupe.normalizers.queries import email_query, phone_query
from dedupe.normalizers.raw_patterns import RawPatterns, raw_patterns

BACKSLASH = "\\"


def finds(patterns: RawPatterns | None, raw: str) -> bool:
    """As Postgres does it; without patterns everything is read."""
    return patterns is None or bool(
        re.search(patterns.written, raw, re.IGNORECASE)
        or re.search(patterns.strange, raw)
        or re.search(patterns.escaped, raw, re.IGNORECASE)
    )


def written(draw: Any, text: str) -> str:
    """Here and there a letter or digit of another width, or a capital."""
    kind = st.sampled_from(["plain", "plain", "wide", "upper"])
    kinds = draw(st.lists(kind, min_size=len(text), max_size=len(text)))
    wide = {character: chr(ord(character) + 0xFEE0) for character in map(chr, range(0x21, 0x7F))}
    return "".join(
        wide.get(one, one) if kind == "wide" and one.isalnum() else one.upper() if kind == "upper" else one
        for one, kind in zip(text, kinds, strict=True)
    )


@st.composite
def emails(draw: Any) -> str:
    local = draw(st.from_regex(r"[a-z][a-z0-9]{0,5}([._-][a-z0-9]{1,5}){0,2}", fullmatch=True))
    tag = draw(st.sampled_from(["", "+news", "-news"]))
    domain = draw(st.sampled_from(["gmail.com", "googlemail.com", "yahoo.com", "example.org", "acme.co.uk"]))
    at = draw(st.sampled_from(["@", " @ ", " (at) ", "@\u200b", "[at]"]))
    text = f"{written(draw, local + tag)}{at}{domain}"
    around = draw(st.sampled_from(["{}", "<{}>", "mailto:{}", "Ann Lee <{}>", "{};bo@x.org", "\u200f{}"]))
    return str(around.format(text.replace(".", " (dot) ") if at == " (at) " else text))


@st.composite
def phones(draw: Any) -> str:
    number = draw(st.sampled_from(["+12025550123", "+442079460018", "+491712345670", "+5511987654321"]))
    signs = st.sampled_from(["", "", " ", "-", ".", "\u00a0", "\u2011", "/"])
    digits = [one + draw(signs) for one in written(draw, number[1:])]
    text = "+" + "".join(digits).rstrip(" -./\u00a0\u2011")
    return text + str(draw(st.sampled_from(["", " ext. 12", " (mobile)"])))


def known_by(query: Any) -> list[str]:
    return [one for one in (query.value, *query.keys[:1]) if one]


@given(emails(), st.booleans())
def test_no_spelling_of_an_email_is_missed(held: str, ascii_only: bool) -> None:
    asked = known_by(email_query(held.removesuffix(";bo@x.org")))
    assume(asked)
    for value in asked:
        for text in (held, unicodedata.normalize("NFD", held)):
            assert finds(raw_patterns([value], []), json.dumps({"mail": text}, ensure_ascii=ascii_only))


@given(phones(), st.booleans())
def test_no_spelling_of_a_phone_is_missed(held: str, ascii_only: bool) -> None:
    query = phone_query(held)
    assume(query.value)
    raw = json.dumps({"phone": held}, ensure_ascii=ascii_only)
    assert finds(raw_patterns([], known_by(query)), raw)


@pytest.mark.parametrize(
    ("asked", "raw"),
    [
        ("annlee@gmail.com", '{"m": "A.n.n.Lee+shop@googlemail.com"}'),
        ("ann.lee@x.org", '{"m": "ann (dot) lee (at) x (dot) org"}'),
        ("ann@x.org", '{"m": "a' + BACKSLASH + 'u006en@x.org"}'),
        ("+12025550120", '{"p": "1.202555012E+10"}'),
        ("+12025550123", '{"p": "(202) 555-01' + BACKSLASH + 'u00a023"}'),
        ("+491712345679", '{"p": "0171 2345678/9"}'),
        ("+491712345691", '{"p": "0171 2345689/90/91"}'),
        ("+18003569377", '{"p": "1-800-FLOWERS"}'),
        ("+12025550123", '{"p": "\u0662\u0660\u0662 \u0665\u0665\u0665 \u0660\u0661\u0662\u0663"}'),
    ],
)
def test_it_is_found_as_it_is_written(asked: str, raw: str) -> None:
    emails_of, phones_of = ([asked], []) if "@" in asked else ([], [asked])
    assert finds(raw_patterns(emails_of, phones_of), raw)


def test_others_are_passed_over() -> None:
    patterns = raw_patterns(["ann.lee@example.org"], ["+12025550123"])
    raw = json.dumps({"name": "Jörg Müller", "mail": "joerg@example.org", "phone": "+49 30 901820"})
    assert not finds(patterns, raw)


def test_where_no_pattern_is_narrow_all_is_read() -> None:
    assert raw_patterns(["אבג@example.org"], []) is None
    assert raw_patterns([], ["+1234"]) is None
    assert raw_patterns([], []) is None

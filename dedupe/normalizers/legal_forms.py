"""Removal of legal forms from company names, wherever people write them: at the end, at the beginning,
around (`Oy X Ab`), before a bracket (`X Inc. (Canada)`), or without a space (`株式会社X`). The forms are in
`data/companies.toml`; forms in full words are also recognized with misspellings and in other
transliterations."""

import re
from functools import cache

from rapidfuzz import fuzz

from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import fold

Words = tuple[str, ...]

_PARTNERS = words(rules("companies")["partners"])
_LONG_WORD, _MANY_LETTERS = 5, 4
"""A form that begins a name is a long word or many letters; others are names (`A S Watson`)."""
_SPELLED_OUT, _ALIKE = 14, 85
"""Chosen: letters from which on several words spell a form out; how alike, of 100, a slip leaves it."""


def without_legal_forms(text: str) -> list[str]:
    """The folded words of a name without its legal forms; at least one word is left. `&` and `+` are
    `and`."""
    core = _without_written(text) or text
    tokens = _words(core)
    rest = _without_end(tokens)
    if len(rest) == len(tokens) and "(" in core:
        rest = _before_bracket(core) or rest
    return _without_beginning(rest)


def _words(text: str) -> list[str]:
    return fold(text.replace("&", " and ").replace("+", " and ")).split()


def _without_written(text: str) -> str:
    """The name without forms that must be removed before folding, which would lose their letters or
    boundaries."""
    pattern = _written(text.isascii())
    while (cut := pattern.sub("", text).strip(" ,.·・　")) != text:
        if not cut:
            return ""
        text = cut
    return text


@cache
def _written(ascii_only: bool) -> re.Pattern[str]:
    data = rules("companies")
    cased = "|".join(map(re.escape, data["as_written"].split()))
    if ascii_only:
        return re.compile(rf"(?<=[\s,])(?:{cased})$")
    longest_first = sorted(phrases(data["written"]), key=len, reverse=True)
    apart = "|".join(map(re.escape, longest_first))
    tight = "|".join(map(re.escape, sorted(data["attached"].split(), key=len, reverse=True)))
    behind = rf"(?<=[\s,])(?:{apart}|(?-i:{cased}))$"
    return re.compile(rf"^(?:{tight})|(?:{tight})$|^(?:{apart})(?=\s)|{behind}", re.IGNORECASE)


@cache
def _forms() -> frozenset[Words]:
    data = rules("companies")
    listed = words(data["legal_words"]) | phrases(data["legal_phrases"])
    return frozenset(tuple(form.split()) for form in listed)


@cache
def _longest() -> int:
    return max(map(len, _forms()))


def _form_at_end(tokens: list[str]) -> int:
    """The number of words at the end that are a form; 0 where no other word would be left."""
    if tokens[-1][:2] not in _ends():
        return 0
    sizes = range(min(_longest(), len(tokens) - 1), 0, -1)
    return next((size for size in sizes if _is_form(tuple(tokens[-size:]))), 0)


@cache
def _ends() -> frozenset[str]:
    """The beginnings of the last words of forms, a quick test that most names fail."""
    return frozenset(form[-1][:2] for form in _forms())


@cache
def _starts() -> frozenset[str]:
    return frozenset(form[0][:2] for form in _leading() | _forms())


def _is_form(tokens: Words) -> bool:
    if tokens in _forms():
        return True
    if len(tokens) == 1 or tokens[-1][:2] not in _spelled_ends():
        return False
    alike = _spelled_out().get(_beginnings(tokens), ())
    return any(fuzz.ratio(" ".join(tokens), form) >= _ALIKE for form in alike)


def _beginnings(tokens: Words) -> Words:
    return tuple(token[:2] for token in tokens)


@cache
def _spelled_out() -> dict[Words, tuple[str, ...]]:
    """Forms of several words by the beginnings of these."""
    found: dict[Words, tuple[str, ...]] = {}
    for form in _forms():
        text = " ".join(form)
        if len(form) > 1 and len(text) >= _SPELLED_OUT:
            found[_beginnings(form)] = (*found.get(_beginnings(form), ()), text)
    return found


@cache
def _spelled_ends() -> frozenset[str]:
    return frozenset(beginnings[-1] for beginnings in _spelled_out())


def _without_end(tokens: list[str]) -> list[str]:
    rest = list(tokens)
    while rest and (size := _form_at_end(rest)):
        partners = _PARTNERS.intersection(rest[-size:])
        del rest[-size:]
        if partners and len(rest) > 1 and rest[-1] in _joining():  # GmbH & Co. KG
            rest.pop()
    return rest


@cache
def _joining() -> frozenset[str]:
    return words(rules("companies")["joining"])


def _before_bracket(text: str) -> list[str] | None:
    """`X Inc. (Canada)` as x canada; None where no form stands before the bracket."""
    name, _, more = text.partition("(")
    tokens, behind = _words(name), _words(more)
    rest = _without_end(tokens)
    if len(rest) == len(tokens):
        return None
    return rest if tuple(behind) in _forms() else [*rest, *behind]


@cache
def _leading() -> frozenset[Words]:
    data = rules("companies")
    never = {tuple(word.split("-")) for word in words(data["never_leading"])}
    telling = {form for form in _forms() if len(form) >= _MANY_LETTERS or max(map(len, form)) >= _LONG_WORD}
    return frozenset({(word,) for word in words(data["leading_words"])} | (telling - never))


def _without_beginning(tokens: list[str]) -> list[str]:
    if not tokens or tokens[0][:2] not in _starts():
        return tokens
    sizes = range(min(_longest(), len(tokens) - 1), 0, -1)
    size = next((size for size in sizes if _may_lead(tuple(tokens[:size]))), 0)
    return tokens[size:]


def _may_lead(tokens: Words) -> bool:
    if tokens in _leading():
        return True
    return len(tokens) > 1 and tokens not in _forms() and _is_form(tokens)

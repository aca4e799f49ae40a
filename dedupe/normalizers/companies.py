"""Companies: `value` cleaned for people; `key` folded, without legal form, `the` and punctuation.

& is `and`; of a web address the name is taken. `key` is null where nothing tells a company (`-`, `n/a`,
`self`).
"""

import re
from functools import cache, lru_cache

from dedupe.normalizers.arrow import Array, DataType, Table, pa
from dedupe.normalizers.columns import columns_of
from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import LONGEST, clean, fold

KINDS: dict[str, DataType] = {"value": pa.string(), "key": pa.string(), "reason": pa.string()}
_WEB = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9-]+)(?:\.[a-z]{2,}){1,2}/?", re.IGNORECASE)
_NONE = words("na none null nil nan unknown self private privat test tbd xxx company firma empresa")
_NONE_WRITTEN = frozenset({"n/a", "n.a.", "self employed", "self-employed", "no company", "not applicable"})


@cache
def _legal_forms() -> frozenset[tuple[str, ...]]:
    forms = words(rules("companies")["legal_forms"]) | phrases(rules("companies")["legal_phrases"])
    return frozenset(tuple(form.split()) for form in forms)


@cache
def _longest_form() -> int:
    return max(map(len, _legal_forms()))


@lru_cache(maxsize=16384)
def company_key(text: str) -> str | None:
    """The folded name without its legal form; None where it names no company."""
    text = clean(text[:LONGEST])
    if text.lower() in _NONE_WRITTEN:
        return None
    web = _WEB.fullmatch(text)
    tokens = fold((web[1] if web else text).replace("&", " and ").replace("+", " and ")).split()
    core = _without_lead(_without_forms(tokens))
    key = " ".join(core)
    return None if key in _NONE or not key else key


def _without_forms(tokens: list[str]) -> list[str]:
    """Without legal forms at the end, as long as a word is left."""
    rest = list(tokens)
    while True:
        size = next((n for n in range(_longest_form(), 0, -1) if _ends_with_form(rest, n)), 0)
        if not size:
            return rest
        del rest[-size:]
        if len(rest) > 1 and rest[-1] == "and":  # GmbH & Co. KG
            rest.pop()


def _ends_with_form(tokens: list[str], size: int) -> bool:
    return len(tokens) > size and tuple(tokens[-size:]) in _legal_forms()


def _without_lead(tokens: list[str]) -> list[str]:
    lead = words(rules("companies")["leading"])
    return tokens[1:] if len(tokens) > 1 and tokens[0] in lead else tokens


def normalize_companies(texts: Array) -> Table:
    """A column of distinct company names → a table of KINDS."""
    return columns_of(KINDS, [_company(text) for text in texts.to_pylist()])


def _company(text: str) -> tuple[str | None, str | None, str | None]:
    if len(text) > LONGEST:
        return None, None, "too long"
    return clean(text) or None, company_key(text), None

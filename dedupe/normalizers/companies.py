"""Companies: `value` cleaned for display; `key` folded, without legal form, `the` and punctuation.

& is `and`; from a web address the name is taken. `key` is null for texts that name no company (`-`, `n/a`,
`self`, `Jackson Household`).
"""

import re
from functools import lru_cache

from dedupe.arrays.distinct_values import columns_of
from dedupe.arrays.untyped import Array, DataType, Table, pa
from dedupe.normalizers.legal_forms import without_legal_forms
from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import LONGEST, clean

KINDS: dict[str, DataType] = {"value": pa.string(), "key": pa.string(), "reason": pa.string()}
_WEB = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9-]+)(?:\.[a-z]{2,}){1,2}/?", re.IGNORECASE)
_NONE = words(rules("companies")["placeholders"])
_HOUSEHOLD = re.compile("|".join(rules("companies")["households"]))
_NONE_WRITTEN = phrases(rules("companies")["placeholders_written"])


@lru_cache(maxsize=16384)
def company_key(text: str) -> str | None:
    """The folded name without its legal form; None where it names no company."""
    text = clean(text[:LONGEST])
    if text.lower() in _NONE_WRITTEN:
        return None
    web = _WEB.fullmatch(text)
    key = " ".join(without_legal_forms(web[1] if web else text))
    return None if key in _NONE or not key or _HOUSEHOLD.fullmatch(key) else key


def normalize_companies(texts: Array) -> Table:
    """A column of distinct company names → a table of KINDS."""
    return columns_of(KINDS, [_company(text) for text in texts.to_pylist()])


def _company(text: str) -> tuple[str | None, str | None, str | None]:
    if len(text) > LONGEST:
        return None, None, "too long"
    return clean(text) or None, company_key(text), None

"""Job titles: the match key of a title, its words folded, written out and in one order.

`VP, Sales`, `Vice President of Sales` and `Sales Vice-President` have the key `president sales vice`; null
where the text names no work (`n/a`, `employee`).
"""

from functools import lru_cache

from dedupe.arrays.distinct_values import distinct
from dedupe.arrays.untyped import Array, pa
from dedupe.normalizers.rules import rules, words
from dedupe.normalizers.text import LONGEST, clean, fold

_RULES = rules("job_titles")
_STANDS_FOR: dict[str, str] = _RULES["stands_for"]
_LEFT_OUT = words(_RULES["left_out"]["words"])
_PLACEHOLDERS = words(_RULES["placeholders"]["keys"])


@lru_cache(maxsize=16384)
def job_title_key(text: str) -> str | None:
    """The match key of a title; None where it names no work."""
    plain = fold(clean(text[:LONGEST]).replace(".", ""))
    written_out = " ".join(_STANDS_FOR.get(word, word) for word in plain.split())
    told = sorted(set(written_out.split()) - _LEFT_OUT)
    key = " ".join(told)
    if (
        len(key) < 2
        or plain.replace(" ", "") in _PLACEHOLDERS
        or set(plain.split()) - _LEFT_OUT <= _PLACEHOLDERS
    ):
        return None
    return key


def job_title_keys(titles: Array) -> Array:
    """The match key of each title of a column."""
    texts, codes = distinct(titles)
    keys = pa.array([job_title_key(text) for text in texts.to_pylist()], pa.string())
    return keys.take(pa.array(codes))

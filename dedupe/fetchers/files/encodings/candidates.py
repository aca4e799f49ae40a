"""The choice of an encoding: the one in which the file's letters look most like words of its languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple, TypeVar

from dedupe.fetchers.files.encodings.evidence import WordSample
from dedupe.fetchers.files.encodings.languages import case_cost, language

Item = TypeVar("Item")
_WEST = "en de fr es pt it sv fi da no is nl"
_MIDDLE = "en pl cs sk hu ro hr sl de"
_BALTIC = "en lt lv et"


class EncodingCandidate(NamedTuple):
    """An encoding, the languages written in it, and the log of its prior probability among files."""

    encoding: str
    languages: tuple[str, ...]
    prior: float


def _candidates() -> tuple[EncodingCandidate, ...]:
    """What Windows and its Excel write stands first; what needs a Mac, DOS or Unix to be written is rare."""
    table = (
        (0.0, {"cp1252": _WEST}),
        (-2.0, {"cp1250": _MIDDLE, "cp1251": "en ru uk bg"}),
        (-2.5, {"cp1254": "en tr de", "cp1253": "en el", "cp1255": "en he", "cp1256": "en ar fa"}),
        (
            -3.0,
            {
                "cp1257": _BALTIC,
                "cp932": "en ja",
                "gb18030": "en zh",
                "cp949": "en ko",
                "cp950": "en zh_hant",
            },
        ),
        (-3.5, {"cp1258": "en vi", "cp874": "en th"}),
        (
            -5.0,
            {"mac_roman": _WEST, "cp850": _WEST, "euc_jp": "en ja", "koi8_r": "en ru", "iso8859-2": _MIDDLE},
        ),
        (-6.0, {"cp437": _WEST, "cp852": _MIDDLE, "cp866": "en ru uk bg", "koi8_u": "en uk ru"}),
        (
            -6.0,
            {
                "iso8859-5": "en ru uk bg",
                "iso8859-7": "en el",
                "iso8859-9": "en tr de",
                "iso8859-13": _BALTIC,
            },
        ),
        (
            -7.0,
            {
                "mac_latin2": _MIDDLE,
                "mac_cyrillic": "en ru uk bg",
                "mac_greek": "en el",
                "mac_turkish": "en tr de",
            },
        ),
        (
            -7.0,
            {"cp857": "en tr de", "cp737": "en el", "cp862": "en he", "cp775": _BALTIC, "iso8859-15": _WEST},
        ),
        (-8.0, {"iso8859-6": "en ar fa", "hp_roman8": _WEST}),
    )
    return tuple(
        EncodingCandidate(encoding, tuple(spoken.split()), prior)
        for prior, row in table
        for encoding, spoken in row.items()
    )


CANDIDATES = _candidates()
_LANGUAGES = tuple(dict.fromkeys(name for one in CANDIDATES for name in one.languages))
_LATIN = tuple(dict.fromkeys(f"{_WEST} {_MIDDLE} {_BALTIC} tr vi".split()))
_FIRST_WORDS, _MOST_WORDS, _MOST_ASCII = 60, 600, 150
_FINALISTS = 6  # encodings that are read in full (chosen)
_MOST_SAID = 20.0  # words that those in ASCII count for at most
_ROUNDS = 3  # in which the file's languages are found
_UNREADABLE = log(1e-9)


@dataclass(frozen=True)
class DecodedFile:
    """The file decoded in one encoding. `score`: log-likelihood with prior, in nats; `cost`: nats per byte
    of its words, low where they look like words."""

    encoding: str
    score: float
    cost: float
    texts: tuple[str, ...]


def readings(evidence: WordSample) -> list[DecodedFile]:
    """The decodings, the likeliest first; of several that give the same text only the commonest encoding."""
    spoken = _spoken(_spread(evidence.ascii_words, _MOST_ASCII))
    few = _spread(evidence.words, _FIRST_WORDS)
    first = sorted((_reading(one, few, spoken) for one in CANDIDATES), key=_order)
    names = {one.encoding for one in first[:_FINALISTS]}
    more = _spread(evidence.words, _MOST_WORDS)
    found = sorted((_reading(one, more, spoken) for one in CANDIDATES if one.encoding in names), key=_order)
    distinct: dict[tuple[str, ...], DecodedFile] = {}
    for one in found:
        distinct.setdefault(one.texts, one)
    return list(distinct.values())


def _order(reading: DecodedFile) -> tuple[float, str]:
    return -reading.score, reading.encoding


def _spread(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    step = max(1, -(-len(items) // most))
    return tuple(items[::step])


def _reading(
    candidate: EncodingCandidate, words: Sequence[bytes], spoken: Mapping[str, float]
) -> DecodedFile:
    decoded = [_decoded(word, candidate.encoding) for word in words]
    texts = tuple(text for text, _ in decoded)
    spoiled = sum(bad for _, bad in decoded) * _UNREADABLE - sum(map(case_cost, texts))
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    cost = spoiled + _likelihood(candidate.languages, composed, spoken)
    size = sum(map(len, words))
    return DecodedFile(candidate.encoding, candidate.prior + cost, -cost / max(size, 1), texts)


def _decoded(word: bytes, encoding: str) -> tuple[str, int]:
    """The word, and how many of its bytes mean nothing in this encoding."""
    try:
        return word.decode(encoding), 0
    except UnicodeDecodeError:
        text = word.decode(encoding, "replace")
        return text.replace("\ufffd", ""), text.count("\ufffd")


def _spoken(words: Sequence[str]) -> dict[str, float]:
    """Weights of the languages, estimated from the ASCII words: in counts of words, a few at most."""
    counts = dict.fromkeys(_LANGUAGES, 1.0)
    if words:
        rows = [[language(name).likelihood(word) for name in _LATIN] for word in words]
        share = [1 / len(_LATIN)] * len(_LATIN)
        for _ in range(_ROUNDS):
            share = [one / len(words) for one in _counted(rows, share)]
        weight = min(len(words), _MOST_SAID)
        for name, part in zip(_LATIN, share, strict=True):
            counts[name] += weight * part
    return counts


def _likelihood(names: Sequence[str], words: Sequence[str], spoken: Mapping[str, float]) -> float:
    """The log-likelihood of all words; the mixture of languages is fitted to them, from the weights in
    `spoken`."""
    rows = [[language(name).likelihood(word) for name in names] for word in words]
    before = [spoken[name] for name in names]
    whole = sum(spoken.values()) + len(words)
    share = [one / whole for one in before]
    for _ in range(_ROUNDS):
        counts = _counted(rows, share)
        share = [(known + count) / whole for known, count in zip(before, counts, strict=True)]
    return sum(_sum(log(part) + one for part, one in zip(share, row, strict=True)) for row in rows)


def _counted(rows: Sequence[Sequence[float]], share: Sequence[float]) -> list[float]:
    """One step of expectation and maximization: how many of the words are each language's."""
    counted = [1e-9] * len(share)
    for row in rows:
        weighed = [log(part) + one for part, one in zip(share, row, strict=True)]
        whole = _sum(weighed)
        for position, one in enumerate(weighed):
            counted[position] += exp(one - whole)
    return counted


def _sum(logarithms: Iterable[float]) -> float:
    """The logarithm of the sum."""
    values = list(logarithms)
    top = max(values)
    return top + log(sum(exp(value - top) for value in values))


def rivals(found: Sequence[DecodedFile], closer_than: float) -> Mapping[str, float]:
    """The encodings nearly as likely as the first, with their distance in nats."""
    best = found[0].score
    return {one.encoding: best - one.score for one in found[1:] if best - one.score < closer_than}

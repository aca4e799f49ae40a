"""The two sides of a question, aligned: a row a field, with what the strongest pair's comparisons say of it.

rows(left, right, pair) -> list[Row]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dedupe.normalizers.text import in_latin
from dedupe.review.explain.scored_pair import Pair, Step
from dedupe.review.people import Person

_SOURCE = "Source"
_COMPARISONS = {
    "Name": ("given_name", "family_name", "full_name", "given_names_known", "middle_name", "suffix"),
    "Email": ("email", "mailbox", "email_name"),
    "Phone": ("phone",),
    "Company": ("company",),
    "Job title": ("job_title",),
    "Place": ("street", "town"),
    "Born": ("birth",),
    "Identifier": ("identifier",),
    _SOURCE: ("source", "household"),
}
"""The rows in their order, and the comparisons that are about each."""
_ALIKE = 0.7  # from this share of equal letters on the differing ones are marked (chosen)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a value; `differs` from the value that it is compared with by eye."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A value of one side: in pieces, in Latin letters where it is in others, and the source contacts that
    have it."""

    value: str
    pieces: tuple[Piece, ...]
    latin: str | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`verdict`: same, similar, differs, left only, right only; of the sources, which say nothing by
    themselves, none. `weight` in bits, None where nothing was compared."""

    field: str
    left: tuple[Shown, ...]
    right: tuple[Shown, ...]
    verdict: str | None
    weight: float | None
    sentences: tuple[str, ...]


def rows(left: Sequence[Person], right: Sequence[Person], pair: Pair | None) -> list[Row]:
    """A row for each field that a side has."""
    steps = pair.steps if pair else []
    ours, theirs = _values(left), _values(right)
    return [
        _row(
            field, ours.get(field, {}), theirs.get(field, {}), [one for one in steps if one.fact in compared]
        )
        for field, compared in _COMPARISONS.items()
        if field in ours or field in theirs
    ]


def strongest(pair: Pair | None) -> tuple[Step | None, Step | None]:
    """What speaks most for one person, and what most against."""
    steps = pair.steps if pair else []
    most = max(steps, key=lambda one: one.weight, default=None)
    least = min(steps, key=lambda one: one.weight, default=None)
    return (most if most and most.weight > 0 else None, least if least and least.weight < 0 else None)


def _row(field: str, left: dict[str, list[str]], right: dict[str, list[str]], steps: Sequence[Step]) -> Row:
    weight = sum(one.weight for one in steps) if steps else None
    return Row(
        field,
        tuple(_shown(left, right)),
        tuple(_shown(right, left)),
        None if field == _SOURCE else _verdict(left, right, weight),
        weight,
        tuple(one.sentence for one in steps if one.weight),
    )


def _verdict(left: dict[str, list[str]], right: dict[str, list[str]], weight: float | None) -> str:
    if not (left and right):
        return "left only" if left else "right only"
    if left.keys() & right.keys():
        return "same"
    alike = weight > 0 if weight is not None else any(_within(a, b) for a in left for b in right)
    return "similar" if alike else "differs"


def _within(one: str, other: str) -> bool:
    """Whether the words of one are all words of the other: `US` in `Portland, US`."""
    words = [set(text.casefold().replace(",", " ").split()) for text in (one, other)]
    return words[0] <= words[1] or words[1] <= words[0]


def _shown(own: dict[str, list[str]], other: dict[str, list[str]]) -> Iterator[Shown]:
    """The values of a side, those of both first; the letters that differ from the most alike value there are
    marked."""
    for value in sorted(own, key=lambda one: (one not in other, -len(own[one]))):
        yield Shown(value, _pieces(value, list(other)), in_latin(value), tuple(own[value]))


def _pieces(value: str, others: Sequence[str]) -> tuple[Piece, ...]:
    if not others or value in others:
        return (Piece(value, differs=False),)
    folded = value.casefold()
    if len(folded) != len(value):  # a letter that is two in lower case: nothing can be marked by its place
        return (Piece(value, differs=False),)
    matcher, best, opcodes = SequenceMatcher(None, "", folded, autojunk=False), _ALIKE, None
    for other in others:
        matcher.set_seq1(other.casefold())
        # the upper bounds first: a golden contact of hundreds of values would take seconds
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= best and matcher.ratio() >= best:
            best, opcodes = matcher.ratio(), matcher.get_opcodes()
    if opcodes is None:
        return (Piece(value, differs=False),)
    spans = [(value[begin:end], kind != "equal") for kind, _, _, begin, end in opcodes]
    return tuple(Piece(text, differs) for text, differs in spans if text)


def _values(side: Sequence[Person]) -> dict[str, dict[str, list[str]]]:
    """field → value → the source contacts that have it."""
    found: dict[str, dict[str, list[str]]] = {}
    for who in side:
        for field, values in _said(who):
            for value in values:
                found.setdefault(field, {}).setdefault(value, []).append(who.key)
    return found


def _said(who: Person) -> Iterator[tuple[str, list[str]]]:
    yield "Name", who.names
    yield "Email", who.emails
    yield "Phone", who.phones
    for field, value in (
        ("Company", who.company),
        ("Job title", who.job_title),
        ("Place", who.place),
        ("Born", who.birth),
    ):
        yield field, [value] if value else []
    yield "Identifier", who.identifiers
    yield _SOURCE, [who.source]

"""Generations, post-nominal letters and titles after a name, recognized by its words. Total and linear."""

from collections.abc import Sequence
from typing import NamedTuple

from dedupe.normalizers.names import honorific_vocabulary as vocabulary
from dedupe.normalizers.names.post_nominals import (
    is_dotted,
    is_many_dotted,
    is_post_nominal,
    key,
    phrase_of,
    says_alone,
)
from dedupe.normalizers.text import fold

_MOST_WORDS = 5  # of a phrase


class TrailingTitles(NamedTuple):
    """The generation, title and letters found after a name, and the words left of it."""

    rest: list[str]
    generation: str = ""
    title: str = ""
    letters: bool = False  # whether post-nominal letters were there


def take_generation_before(words: Sequence[str]) -> tuple[str, list[str]]:
    """`ifj. Nagy Imre`, `Jr. Ann`, `II Morris Klein`."""
    rest = list(words)
    if len(rest) < 2:
        return "", rest
    folded = key(rest[0])
    before = folded in vocabulary.generation_rule("before") and (rest[0].endswith(".") or len(folded) > 2)
    numbered = folded == "ii" and len(rest) > 2 and _is_louder(rest[0], rest[1:])
    if before or numbered or folded in {"jr", "iii"}:
        return vocabulary.generations()[folded], rest[1:]
    return "", rest


def take_generation_within(words: Sequence[str]) -> tuple[str, list[str]]:
    """`David B. III Hill`."""
    for place, word in enumerate(words[1:-1], start=1):
        if shown := _generation_within(word, [*words[:place], *words[place + 1 :]]):
            return shown, [*words[:place], *words[place + 1 :]]
    return "", list(words)


def generation_alone(text: str, others: Sequence[str]) -> str:
    """The generation that the whole text is, beside other words of the name (a middle name `II`), as shown;
    "" for none."""
    return _generation_within(text.strip(), others)


def _generation_within(word: str, others: Sequence[str]) -> str:
    folded = key(word)
    sure = folded in vocabulary.generation_rule("within")
    if sure or (folded in vocabulary.generation_rule("within_loud") and _is_louder(word, others)):
        return vocabulary.generations()[folded]
    return ""


def _is_louder(word: str, others: Sequence[str]) -> bool:
    """Whether a word is in capitals, and none of the others of some length is."""
    return word.isupper() and not any(other.isupper() for other in others if len(other) > 2)


def take_behind(words: Sequence[str], named: int = 0, generation: str = "") -> TrailingTitles:
    """Take generations, letters and titles off the end; `named` words of the name are in other fields."""
    found = TrailingTitles(list(words), generation)
    while len(found.rest) + named > 1 and found.rest:
        following = _without_last(found, named)
        if following is None:
            break
        found = following
    return found


def _without_last(found: TrailingTitles, named: int) -> TrailingTitles | None:
    rest, count = found.rest, len(found.rest) + named
    ends = fold(rest[-1]).rpartition(" ")[2] in vocabulary.phrase_ends()
    for length in range(min(_MOST_WORDS, count - 2, len(rest)) if ends else 1, 1, -1):
        phrase = phrase_of(rest[-length:])
        if shown := vocabulary.generation_phrases().get(phrase):
            return found._replace(rest=rest[:-length], generation=shown)
        if phrase in vocabulary.post_nominal_phrases():
            return found._replace(rest=rest[:-length], letters=True)
    word, before = rest[-1], rest[:-1]
    if is_generation(word, before, count) and not _is_told(found, key(word), named):
        return found._replace(rest=before, generation=vocabulary.generations()[key(word)])
    if _are_letters(word, before, named):
        return found._replace(rest=before, letters=True)
    if count > 2 and before and _is_title_behind(word, key(word)):
        return found._replace(rest=before, title=f"{word} {found.title}".strip())
    return None


def _is_told(found: TrailingTitles, folded: str, named: int) -> bool:
    """Whether V is an initial (Berg, Ann V), or Senior a family name because a generation is told."""
    return (named > 0 and len(folded) == 1) or (
        found.generation != "" and (len(folded) == 1 or folded in {"senior", "junior"})
    )


def _are_letters(word: str, before: Sequence[str], named: int) -> bool:
    if len(before) + named < 2:
        return bool(before) and says_alone(word, before)
    known = is_post_nominal(word, before, named > 0) or key(word) in vocabulary.post_nominal_phrases()
    return known or is_many_dotted(word)


def _is_title_behind(word: str, folded: str) -> bool:
    dotted = word.endswith(".") and folded in vocabulary.titles("behind_dotted")
    return dotted or folded in vocabulary.titles("behind")


def is_generation(word: str, before: Sequence[str], count: int) -> bool:
    """Whether a word at the end of so many is a generation and no name."""
    folded, rule = key(word), vocabulary.generation_rule
    if folded not in vocabulary.generations() or is_dotted(word):
        return False
    small = " ".join(before).islower()
    if folded in rule("loud") and not (word.rstrip(".").isupper() or (small and count > 3)):
        return False
    quiet = word.endswith(".") or (word.islower() and not small)
    if folded in rule("small") and not quiet:
        return False
    least = 3 if folded in rule("behind_three") else 2 if folded in rule("behind_two") else 1
    return count > least

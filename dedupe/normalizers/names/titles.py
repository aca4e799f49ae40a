"""Titles before a name, recognized by its words. Total and linear."""

from collections.abc import Sequence

from dedupe.normalizers.names import honorific_vocabulary as vocabulary
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.names.post_nominals import is_dotted, key, phrase_of
from dedupe.normalizers.text import fold, is_upper

_MOST_WORDS = 5  # of a title
_MOST_MODIFIERS = 4  # before one


def take_titles(words: Sequence[str], left: int, apart: bool = False) -> tuple[str, list[str]]:
    """The titles at the start as written, and the other words, `left` of them at least; `apart`: a comma
    separates given and family name."""
    rest, taken = list(words), list[str]()
    while len(rest) > max(left, 1):
        count = _title_length(rest, max(left, 1), bool(taken), apart)
        if not count and not (taken and _joins_titles(rest, left)):
            break
        taken += rest[: count or 1]
        del rest[: count or 1]
    return " ".join(word for word in taken if fold(word) not in vocabulary.couples_of_titles()), rest


def _title_length(words: Sequence[str], left: int, titled: bool, apart: bool) -> int:
    """How many words at the start are one title, those before it that belong to it among them."""
    for before in range(min(_MOST_MODIFIERS + 1, len(words) - left)):
        if before and key(words[before - 1]) not in vocabulary.titles("modifiers"):
            break
        if count := _plain_length(words[before:], left, titled or before > 0, apart):
            return before + count
    return 0


def _plain_length(words: Sequence[str], left: int, titled: bool, apart: bool) -> int:
    for count in range(min(_MOST_WORDS, len(words) - left), 1, -1):
        if phrase_of(words[:count]) in vocabulary.title_phrases():
            return count
    return int(_is_title(words, titled, apart))


def _is_title(words: Sequence[str], titled: bool, apart: bool) -> bool:
    word, folded = words[0], key(words[0])
    if folded in vocabulary.sure_titles() or word in vocabulary.titles("as_written"):
        return True
    if titled and folded in vocabulary.titles("behind_titles"):
        return True
    if is_dotted(word) and folded in vocabulary.titles("dotted"):
        return True
    if folded in vocabulary.titles("given") or _is_royal(folded, words[1:]):
        return True
    return _is_listed(word, folded) and (len(words) > 2 or (apart and (titled or _is_no_name(word, folded))))


def _is_listed(word: str, folded: str) -> bool:
    """Whether it is a title where two words follow."""
    abbreviated = word.endswith(".") and folded in vocabulary.titles("abbreviated")
    return abbreviated or folded in vocabulary.titles("before_two") or _is_glued(word)


def _is_no_name(word: str, folded: str) -> bool:
    return word.endswith(".") or folded not in vocabulary.titles("names_too")


def _is_royal(folded: str, behind: Sequence[str]) -> bool:
    """`Queen` before a known given name alone, `King` before one with a number (King John V)."""
    if not has_relations(fold(behind[0])) or key(behind[0]) in vocabulary.generations():
        return False
    numbered = is_upper(behind[-1]) and key(behind[-1]) in vocabulary.generations()
    is_numbered = numbered and folded in vocabulary.titles("numbered")
    return is_numbered or (len(behind) == 1 and folded in vocabulary.titles("royal"))


def _is_glued(word: str) -> bool:
    """`Lt.Gen.`, `Mag-Judge`: made of titles only."""
    pieces = fold(word).split()
    return len(pieces) > 1 and vocabulary.any_titles().issuperset(pieces)


def _joins_titles(words: Sequence[str], left: int) -> bool:
    """`Mr and Mrs Smith`."""
    joined = len(words) > left + 1 and (words[0] == "&" or fold(words[0]) in vocabulary.couples_of_titles())
    return joined and key(words[1]) in vocabulary.any_titles()


def names_given(title: str) -> bool:
    """Whether a lone name after the title is a given name: always (Sir Gerald), or if it is a known one."""
    last = key(title.split()[-1])
    return last in vocabulary.titles("given") | vocabulary.titles("royal") | vocabulary.titles("numbered")


def is_clerical(title: str) -> bool:
    return key(title.split()[-1]) in vocabulary.titles("clergy")

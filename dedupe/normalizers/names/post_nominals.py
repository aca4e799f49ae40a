"""Post-nominal letters (degrees, licences, orders), recognized by spelling. Total and linear."""

import re
from collections.abc import Sequence
from functools import lru_cache

from dedupe.normalizers.names import honorific_vocabulary as vocabulary
from dedupe.normalizers.names import vocabulary as name_words
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.names.order import CJK
from dedupe.normalizers.text import fold, is_upper

_VOWELS = frozenset("aeiou")
_CAMEL = re.compile("[A-Z]{2}|[a-z][A-Z]$")


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """`Ph.D.` as `phd`; nothing for East Asian letters, of which the sounds are no titles (军 is jun)."""
    return "" if CJK.search(word) else fold(word).replace(" ", "")


def phrase_of(words: Sequence[str]) -> str:
    return " ".join(map(fold, words))


def is_post_nominal(word: str, before: Sequence[str], behind_comma: bool = False) -> bool:
    """Whether a word after a name is post-nominal letters, by its spelling and that of the words before
    it."""
    folded = key(word)
    vowel = not _VOWELS.isdisjoint(folded)
    if folded in vocabulary.sure_post_nominals():
        return not (_is_capitalized(word) and vowel and not word.endswith("."))
    if folded not in vocabulary.written_post_nominals():
        return False
    if is_dotted(word) or is_mixed(word):
        return True
    whole = " ".join(before)
    if is_upper(word) and not is_upper(whole):
        return behind_comma or not name_words.leads(folded) or _is_western(before)
    plain = word.islower() == whole.islower() and not _is_capitalized(word)
    return plain and (not vowel or (behind_comma and bool(before) and has_relations(fold(before[0]))))


def _is_western(words: Sequence[str]) -> bool:
    """Whether given and family name are there, so that MA or DO behind them is no family name."""
    folded = [fold(word) for word in words]
    return (
        len(folded) > 1
        and has_relations(folded[0])
        and not name_words.leads(folded[-1])
        and " ".join(folded) not in name_words.compound_given()
    )


def _is_capitalized(word: str) -> bool:
    """`Mba`, not `M.B.A.`"""
    return word.istitle() and not is_dotted(word)


def says_alone(word: str, before: Sequence[str]) -> bool:
    """Whether letters after a single word can be nothing else: `Hache PhD`."""
    folded = key(word)
    if folded not in vocabulary.sure_post_nominals() and folded not in vocabulary.post_nominal_phrases():
        return False
    loud = is_upper(word) or is_mixed(word)
    return is_dotted(word) or (len(folded) > 2 and loud and not is_upper(" ".join(before)))


def is_dotted(word: str) -> bool:
    return "." in word.strip(".")


def is_many_dotted(word: str) -> bool:
    """`G.R.I.`, `B.Eng.`: more than two initials, or one and a syllable."""
    groups = word.strip(".").split(".")
    short = len(groups) > 1 and word.isascii() and all(0 < len(group) < 5 for group in groups)
    return short and (len(groups) > 2 or {len(group) > 1 for group in groups} == {True, False})


def looks_like_letters(piece: str, before: Sequence[str]) -> bool:
    """Whether a piece behind a comma is written as letters are: `LUTC`, `G.R.I.`, `MSEd`, `AIA-CSI`."""
    words = [word for word in re.split(r"[\s/]+|\s&\s", piece) if word not in {"&", "and", "-"}]
    return bool(words) and all(_looks_like_letters(word, before) for word in words)


def _looks_like_letters(word: str, before: Sequence[str]) -> bool:
    if is_post_nominal(word, before, behind_comma=True):
        return True
    core = word.strip(".®™*")
    if not core.isascii() or not 1 < sum(map(str.isalpha, core)) < 9:
        return False
    if is_dotted(word):
        return all(0 < len(group) < 5 for group in core.split("."))
    loud = is_upper(" ".join(before))
    if not loud and (is_upper(core) or is_mixed(core)):
        return not has_relations(fold(core)) and not name_words.leads(fold(core))
    return unspoken(core) and (loud or (core.islower() and " ".join(before).islower()))


def is_mixed(word: str) -> bool:
    """Capitals as letters of honour have them: `MSEd`, `PharmD`; not `McKay`."""
    return _CAMEL.search(word) is not None and not is_upper(word)


def unspoken(word: str) -> bool:
    """Latin letters without a vowel, two to six: no name, but letters or an abbreviation."""
    spoken = not (_VOWELS | {"y"}).isdisjoint(word.lower())
    return 1 < len(word) < 7 and word.isascii() and word.isalpha() and not spoken

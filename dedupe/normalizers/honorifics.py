"""Titles before a name, generations and post-nominal letters behind it: told from the words of a name. Total and linear."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from dedupe.normalizers import honorific_words as vocabulary
from dedupe.normalizers import name_words
from dedupe.normalizers.name_orders import CJK
from dedupe.normalizers.nicknames import has_relations
from dedupe.normalizers.text import fold, is_upper

_VOWELS = frozenset("aeiou")
_CAMEL = re.compile("[A-Z]{2}|[a-z][A-Z]$")
_MOST_WORDS = 5  # of a phrase


class Behind(NamedTuple):
    """What stood behind a name, and the words left of it."""

    rest: list[str]
    generation: str = ""
    title: str = ""
    letters: bool = False  # whether post-nominal letters were there


def key(word: str) -> str:
    """`Ph.D.` as `phd`; nothing for East Asian letters, of which the sounds are no titles (军 is jun)."""
    return "" if CJK.search(word) else fold(word).replace(" ", "")


def _phrase(words: Sequence[str]) -> str:
    return " ".join(map(fold, words))


def take_titles(words: Sequence[str], left: int, apart: bool = False) -> tuple[str, list[str]]:
    """The titles at the start as written, and the other words: `left` at least; `apart`: a comma parts
    given and family name."""
    rest, taken = list(words), list[str]()
    while len(rest) > max(left, 1):
        count = _title_length(rest, max(left, 1), bool(taken), apart)
        if not count and not (taken and _joins_titles(rest, left)):
            break
        taken += rest[: count or 1]
        del rest[: count or 1]
    return " ".join(word for word in taken if fold(word) not in vocabulary.couples_of_titles()), rest


def _title_length(words: Sequence[str], left: int, titled: bool, apart: bool) -> int:
    """How many words at the start are one title."""
    for count in range(min(_MOST_WORDS, len(words) - left), 1, -1):
        if _phrase(words[:count]) in vocabulary.title_phrases():
            return count
    if _is_title(words, titled, apart):
        return 1
    if len(words) > left + 1 and key(words[0]) in vocabulary.titles("modifiers"):
        behind = _title_length(words[1:], left, titled, apart)
        return behind and behind + 1
    return 0


def _is_title(words: Sequence[str], titled: bool, apart: bool) -> bool:
    word, folded = words[0], key(words[0])
    if folded in vocabulary.sure_titles() or word in vocabulary.titles("as_written"):
        return True
    if titled and folded in vocabulary.titles("behind_titles"):
        return True
    if _is_dotted(word) and folded in vocabulary.titles("dotted"):
        return True
    if folded in vocabulary.titles("given") or _is_royal(folded, words[1:]):
        return True
    return _is_listed(word, folded) and (len(words) > 2 or (apart and _is_no_name(word, folded)))


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
    told = numbered and folded in vocabulary.titles("numbered")
    return told or (len(behind) == 1 and folded in vocabulary.titles("royal"))


def _is_glued(word: str) -> bool:
    """`Lt.Gen.`, `Mag-Judge`: made of titles only."""
    pieces = fold(word).split()
    return len(pieces) > 1 and vocabulary.any_titles().issuperset(pieces)


def _joins_titles(words: Sequence[str], left: int) -> bool:
    """`Mr and Mrs Smith`."""
    joined = len(words) > left + 1 and (words[0] == "&" or fold(words[0]) in vocabulary.couples_of_titles())
    return joined and key(words[1]) in vocabulary.any_titles()


def names_given(title: str) -> bool:
    """Whether a lone name behind the title is a given name (Sir Gerald), or is if it is a known one."""
    last = key(title.split()[-1])
    return last in vocabulary.titles("given") | vocabulary.titles("royal") | vocabulary.titles("numbered")


def is_clerical(title: str) -> bool:
    return key(title.split()[-1]) in vocabulary.titles("clergy")


def take_generation_before(words: Sequence[str]) -> tuple[str, list[str]]:
    """`ifj. Nagy Imre`, `Jr. Ann`."""
    rest = list(words)
    if len(rest) < 2:
        return "", rest
    folded = key(rest[0])
    before = folded in vocabulary.generation_rule("before") and (rest[0].endswith(".") or len(folded) > 2)
    if before or folded in {"jr", "iii"}:
        return vocabulary.generations()[folded], rest[1:]
    return "", rest


def take_generation_within(words: Sequence[str]) -> tuple[str, list[str]]:
    """`David B. III Hill`."""
    for place, word in enumerate(words[1:-1], start=1):
        if key(word) in {"jr", "jnr", "ii", "iii", "viii"}:
            return vocabulary.generations()[key(word)], [*words[:place], *words[place + 1 :]]
    return "", list(words)


def take_behind(words: Sequence[str], named: int = 0, generation: str = "") -> Behind:
    """Generations, letters and titles at the end taken; `named` words of the name, and a generation, stand elsewhere."""
    found = Behind(list(words), generation)
    while len(found.rest) + named > 1 and found.rest:
        following = _without_last(found, named)
        if following is None:
            break
        found = following
    return found


def _without_last(found: Behind, named: int) -> Behind | None:
    rest, count = found.rest, len(found.rest) + named
    for length in range(min(_MOST_WORDS, count - 2, len(rest)), 1, -1):
        phrase = _phrase(rest[-length:])
        if shown := vocabulary.generation_phrases().get(phrase):
            return found._replace(rest=rest[:-length], generation=shown)
        if phrase in vocabulary.post_nominal_phrases():
            return found._replace(rest=rest[:-length], letters=True)
    word, before = rest[-1], rest[:-1]
    folded = key(word)
    no_more = named and len(folded) == 1  # Berg, Ann V
    no_more |= bool(found.generation) and (len(folded) == 1 or folded in {"senior", "junior"})
    if is_generation(word, before, count) and not no_more:
        return found._replace(rest=before, generation=vocabulary.generations()[folded])
    lettered = is_post_nominal(word, before, bool(named)) or folded in vocabulary.post_nominal_phrases()
    if count > 2 and (lettered or _is_many_dotted(word)):
        return found._replace(rest=before, letters=True)
    if count == 2 and before and _says_alone(word, before):
        return found._replace(rest=before, letters=True)
    if count > 2 and before and _is_title_behind(word, folded):
        return found._replace(rest=before, title=f"{word} {found.title}".strip())
    return None


def _is_title_behind(word: str, folded: str) -> bool:
    dotted = word.endswith(".") and folded in vocabulary.titles("behind_dotted")
    return dotted or folded in vocabulary.titles("behind")


def is_generation(word: str, before: Sequence[str], count: int) -> bool:
    """Whether a word at the end of so many is a generation and no name."""
    folded = key(word)
    if folded not in vocabulary.generations() or _is_dotted(word):
        return False
    small = " ".join(before).islower()
    if folded in vocabulary.generation_rule("loud") and not (
        word.rstrip(".").isupper() or (small and count > 3)
    ):
        return False
    if folded == "i" and (count < 4 or not word.isupper()):
        return False
    quiet = word.islower() and not small
    if folded in vocabulary.generation_rule("small") and not (quiet or word.endswith(".")):
        return False
    return count > (2 if folded in vocabulary.generation_rule("behind_two") else 1)


def is_post_nominal(word: str, before: Sequence[str], behind_comma: bool = False) -> bool:
    """Whether a word is letters behind the name, as it is written beside the words before it."""
    folded = key(word)
    vowel = not _VOWELS.isdisjoint(folded)
    if folded in vocabulary.sure_post_nominals():
        return not (_is_capitalized(word) and vowel and not word.endswith("."))
    if folded not in vocabulary.written_post_nominals():
        return False
    if _is_dotted(word) or is_mixed(word):
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
    return word.istitle() and not _is_dotted(word)


def _says_alone(word: str, before: Sequence[str]) -> bool:
    """Behind one word only what can be nothing else: `Hache PhD`."""
    folded, other = key(word), is_upper(" ".join(before))
    known = folded in vocabulary.sure_post_nominals() or folded in {"esq", "phd"}
    return known and (
        _is_dotted(word) or (len(folded) > 2 and not word.istitle() and not word.islower() and not other)
    )


def _is_dotted(word: str) -> bool:
    return "." in word.strip(".")


def _is_many_dotted(word: str) -> bool:
    """`G.R.I.`, `B.Eng.`: more than two initials, or one and a syllable."""
    groups = word.strip(".").split(".")
    short = len(groups) > 1 and word.isascii() and all(0 < len(group) < 5 for group in groups)
    return short and (len(groups) > 2 or {len(group) > 1 for group in groups} == {True, False})


def looks_like_letters(piece: str, before: Sequence[str]) -> bool:
    """Whether a piece behind a comma is written as letters of honour are: `LUTC`, `G.R.I.`, `MSEd`, `AIA-CSI`."""
    words = [word for word in re.split(r"[\s/]+|\s&\s", piece) if word not in {"&", "and", "-"}]
    return bool(words) and all(_looks_like_letters(word, before) for word in words)


def _looks_like_letters(word: str, before: Sequence[str]) -> bool:
    if is_post_nominal(word, before, behind_comma=True):
        return True
    core = word.strip(".®™*")
    if not core.isascii() or not 1 < sum(map(str.isalpha, core)) < 9:
        return False
    if _is_dotted(word):
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
    return (
        word.isascii()
        and 1 < len(word) < 7
        and word.isalpha()
        and _VOWELS.isdisjoint(word.lower())
        and "y" not in word.lower()
    )

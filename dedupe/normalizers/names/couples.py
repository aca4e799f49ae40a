"""Names of several people: `Peter u. Maria Huber`, `Ann Berg & Bob Smith`. Total and linear.

Which of the given names belongs to the contact is unknown, so none is evidence: they are kept as written
for display, and only the common family name is compared.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.honorific_vocabulary import any_titles, sure_titles
from dedupe.normalizers.names.honorifics import take_behind
from dedupe.normalizers.names.nicknames import are_of_two_sexes, has_relations, is_given
from dedupe.normalizers.names.order import ordered
from dedupe.normalizers.names.post_nominals import key
from dedupe.normalizers.names.titles import take_titles
from dedupe.normalizers.text import fold, is_upper

_INITIALS = frozenset("eiu")
_ABBREVIATED = frozenset("u")  # of these with a dot: u. is und, but E. an initial
_SIGN = re.compile(r"(?<![^\W_])([^\W\d_]{2,})\s*([+/&])\s*(?=([^\W\d_]{2,})(?![^\W_])(\s\S)?)")
_GLUED = re.compile(r"(?<=\s)([eiuy]\.)(?=([^\W\d_]{2,})\s)", re.IGNORECASE)


class CoupleNames(NamedTuple):
    """The given names of several people as written, and their common family name.

    `given` is "" where two family names show that there are several people, `family` where they have none
    in common.
    """

    given: str
    family: str
    prefix: str


def signs_apart(text: str) -> str:
    """`Peter/Maria Huber`, `Peter + Maria Huber` as `Peter & Maria Huber`, `Peter u.Maria Huber` as `Peter u.
    Maria Huber`, between known given names."""
    text = _SIGN.sub(_sign_apart, text) if "/" in text or "+" in text or "&" in text else text
    return _GLUED.sub(_joint_apart, text) if "." in text else text


def _sign_apart(found: re.Match[str]) -> str:
    """An ampersand before more words needs one given name beside it, any other sign two."""
    named = [is_given(fold(found[1])), is_given(fold(found[3]))]
    apart = any(named) if found[2] == "&" and found[4] else all(named)
    return f"{found[1]} & " if apart else found[0]


def _joint_apart(found: re.Match[str]) -> str:
    return f"{found[1]} " if is_given(fold(found[2])) else found[0]


def in_a_row(pieces: Sequence[str]) -> str:
    """`Peter, Maria und Kind Huber` as `Peter & Maria und Kind Huber`: given names between commas, of which
    the last ones are joined and have the family name behind; "" for all else."""
    *before, last = pieces
    words = last.split()
    if not before or not all(is_given(fold(piece)) for piece in before) or is_given(fold(last)):
        return ""
    places = joints(words)
    whole = bool(places) and places[-1] + 2 < len(words) and not is_given(fold(words[-1]))
    return " & ".join(pieces) if whole else ""


def people_of(words: Sequence[str]) -> CoupleNames | None:
    """The names of several people in the words of one whole name; None for one person."""
    if not joints(words):
        return None
    words = take_behind(words).rest  # John e Smith III is one
    places = joints(words)
    if not places:
        return None
    titled = [take_titles(piece, 1) for piece in _pieces(words, places)]
    pieces = [take_behind(piece).rest for _, piece in titled]
    prefix = " ".join(title for title, _ in titled if title)
    signs = [words[place] for place in places]
    shared = _sharing(pieces)
    if shared is not None:
        givens, family = shared
        return CoupleNames(_written(givens, signs), family, prefix)
    whole, lone = _written(pieces, signs), all(len(piece) == 1 for piece in pieces)
    if prefix and lone and not all(has_relations(fold(word)) for [word] in pieces):
        return CoupleNames("", whole, prefix)  # Dr. Berg & Dr. Smith
    return CoupleNames(whole, "", prefix)


def given_of_people(words: Sequence[str]) -> str:
    """The given names of several people whose family name is in another field; "" for one person."""
    places = joints(words, apart=True)
    if not places:
        return ""
    pieces = [take_titles(piece, 1)[1] for piece in _pieces(words, places)]
    return _written(pieces, [words[place] for place in places])


def _sharing(pieces: list[list[str]]) -> tuple[list[list[str]], str] | None:
    """The given names of each and the family name that all have, where there is one."""
    *others, last = pieces
    whole = [piece for piece in others if not _are_given(piece)]
    if len(last) > 1:
        whole.append(last)
    if not whole:
        return None
    names = {tuple(piece): ordered(piece) for piece in whole}
    families = {fold(" ".join(family)) for _, family in names.values()}
    if len(families) != 1 or "" in families:
        return None
    givens = [names[tuple(piece)][0] if tuple(piece) in names else piece for piece in pieces]
    return givens, " ".join(names[tuple(whole[-1])][1])


def _are_given(piece: Sequence[str]) -> bool:
    """One word, or given names and initials only (Ronald T., Jo Ann)."""
    return all(len(key(word)) == 1 or has_relations(fold(word)) for word in piece[1:])


def _pieces(words: Sequence[str], places: Sequence[int]) -> list[list[str]]:
    starts, ends = [0, *(place + 1 for place in places)], [*places, len(words)]
    pieces = [words[start:end] for start, end in zip(starts, ends, strict=True)]
    return [[word for word in piece if word != "&"] for piece in pieces]


def _written(pieces: Sequence[Sequence[str]], signs: Sequence[str]) -> str:
    found = [" ".join(pieces[0])]
    for sign, piece in zip(signs, pieces[1:], strict=True):
        found += [sign, " ".join(piece)]
    return " ".join(found)


def recased_people(text: str, shouted: bool, capital: Callable[[str], str]) -> str:
    """The given names of several people, their capitals mended: `PETER UND MARIA` as `Peter und Maria`."""
    words = text.split()
    between = joints(words, apart=True) if shouted else []
    signs = [
        place in between or (len(key(word)) != 1 and _sign(word) in vocabulary.every_couple())
        for place, word in enumerate(words)
    ]
    mended = [
        word.lower()
        if sign
        else capital(word)
        if shouted or (word.islower() and len(key(word)) > 1)
        else word
        for word, sign in zip(words, signs, strict=True)
    ]
    return " ".join(mended)


def joints(words: Sequence[str], apart: bool = False) -> list[int]:
    """The positions of the words that join two people; `apart`: the family name is in another field."""
    found = list[int]()
    for place in range(1, len(words) - 1):
        alone = not found or place - found[-1] > 1
        if alone and _is_joint(words, place, apart) and not _is_joint(words, place + 1, apart):
            found.append(place)
    return found


def _is_joint(words: Sequence[str], place: int, apart: bool) -> bool:
    if not 0 < place < len(words) - 1:
        return False
    folded = _sign(words[place])
    if folded not in vocabulary.every_couple():
        return False
    before, behind = key(words[place - 1]), key(words[place + 1])
    both = {before, behind}
    if before in sure_titles() or both <= any_titles() or both <= vocabulary.particles():
        return False  # Mr and Mrs Smith, von und zu Guttenberg
    if folded in vocabulary.couples():
        return True
    return (apart or place + 2 < len(words)) and _is_between_given(words, place)


def _sign(word: str) -> str:
    return word if word == "&" else fold(word)


def _is_between_given(words: Sequence[str], place: int) -> bool:
    """For words that may be initials or parts of names too: small beside capitals, given names around; where
    all is in capitals or in small letters, a woman's and a man's."""
    word, behind = words[place], fold(words[place + 1])
    small = word.islower() and any(other[:1].isupper() for other in words)
    before = [fold(other) for other in words[:place] if len(key(other)) > 1]
    if not before or not is_given(behind):
        return False
    if not small and len(key(word)) == 1:
        alike = len({is_upper(other) for other in words}) == 1
        joins = not word.endswith(".") or key(word) in _ABBREVIATED
        return alike and joins and are_of_two_sexes(fold(words[place - 1]), behind)
    return is_given(before[-1]) or fold(word) not in _INITIALS

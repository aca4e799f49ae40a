"""Names with commas: `Last, First`, `First Last, MD`, `Last, Jr, First, PhD`. Total and linear."""

from collections.abc import Sequence
from typing import NamedTuple

from dedupe.normalizers.names import honorific_vocabulary, vocabulary
from dedupe.normalizers.names.honorifics import TrailingTitles, generation_alone, is_generation, take_behind
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.names.post_nominals import is_post_nominal, key, looks_like_letters, unspoken
from dedupe.normalizers.names.titles import take_titles
from dedupe.normalizers.text import LONGEST, fold, is_upper


class CommaParts(NamedTuple):
    """The words of the family name and of the given names; `whole` has both where commas don't separate
    them."""

    whole: str = ""
    last: str = ""
    first: str = ""
    generation: str = ""
    title: str = ""
    letters: bool = False


def parted(pieces: Sequence[str]) -> CommaParts:
    """Classify the pieces between commas (one at least)."""
    if len(pieces) == 1:
        return CommaParts(whole=pieces[0])
    if leading := _generation_first(pieces):
        return leading
    head = pieces[0].split()
    behind = [(piece, tail_of(piece, head)) for piece in pieces[1:]]
    tails = [tail for _, tail in behind if tail]
    found = CommaParts(
        generation=next((tail.generation for tail in tails if tail.generation), ""),
        title=next((tail.title for tail in tails if tail.title), ""),
        letters=any(tail.letters for tail in tails),
    )
    names = [piece for piece, tail in behind if not tail]
    if not names and found.letters and len(head) > 1 and not is_whole(head):
        return found._replace(last=pieces[0])
    if not names or _is_complete(head, behind, found.letters) or _ends_company(names[0]):
        return found._replace(whole=pieces[0])
    first = next((piece for piece in names if not looks_like_letters(piece, head)), names[0])
    if _ends_in_initial(head) and len(first.split()) == 1:
        return found._replace(whole=f"{pieces[0]} {first}")
    if len(key(first)) == 1 and is_whole(head) and has_relations(fold(head[0])):  # Joseph Berg, B.
        return found._replace(whole=" ".join([head[0], first, *head[1:]]))
    return found._replace(last=pieces[0], first=first)


def _generation_first(pieces: Sequence[str]) -> CommaParts | None:
    """`III, John Smith`: the generation before a whole name."""
    rest = pieces[1].split()
    if len(pieces) > 2 or len(rest) < 2:
        return None
    generation = generation_alone(pieces[0], rest)
    return CommaParts(whole=pieces[1], generation=generation) if generation else None


def _is_complete(
    head: Sequence[str], behind: Sequence[tuple[str, TrailingTitles | None]], letters: bool
) -> bool:
    """Whether the text before the first comma is a whole name, so that what follows is not a given name."""
    if not is_whole(head):
        return False
    piece, tail = next(((piece, tail) for piece, tail in behind if not tail or tail.letters), ("", None))
    if tail or not piece:
        return tail is not None
    known, other = has_relations(fold(head[0])), has_relations(fold(piece.split()[0]))
    return looks_like_letters(piece, head) or (letters and known and not other)


def is_whole(head: Sequence[str]) -> bool:
    """Whether the words before a comma are given and family name, not a family name of several words."""
    words = take_behind(take_titles(head, 1)[1]).rest
    folded = [fold(word) for word in words]
    if len(folded) < 2 or (folded[0] in vocabulary.particles() and len(folded[0]) > 1):
        return False
    if len(folded) == 3 and folded[1] in vocabulary.joining():
        return False
    return not vocabulary.iberian_surnames().issuperset(folded)


def tail_of(piece: str, head: Sequence[str]) -> TrailingTitles | None:
    """The generations, letters and titles of a piece that has nothing else, or is a profession; else None."""
    words, whole = piece.split(), is_whole(head)
    if _is_job(words, whole):
        return TrailingTitles([])
    phrase = " ".join(map(fold, words))
    if shown := honorific_vocabulary.generation_phrases().get(phrase):
        return TrailingTitles([], shown)
    if phrase in honorific_vocabulary.post_nominal_phrases() and (whole or len(phrase.replace(" ", "")) > 2):
        return TrailingTitles([], letters=True)
    found = TrailingTitles(words)
    while found.rest:
        following = _first_taken(found, head, whole)
        if following is None:
            return None
        found = following
    return found


def _first_taken(found: TrailingTitles, head: Sequence[str], whole: bool) -> TrailingTitles | None:
    """The piece without its first word, or two."""
    (word, *rest), folded = found.rest, key(found.rest[0])
    for length in (3, 2):
        phrase = " ".join(map(fold, found.rest[:length]))
        if (
            len(found.rest) >= length
            and phrase in honorific_vocabulary.post_nominal_phrases()
            and len(phrase) > 3
        ):
            return found._replace(rest=found.rest[length:], letters=True)
    if is_generation(word, head, 9) and not (
        (len(folded) == 1 and not whole) or (rest and folded in {"id", "st"})
    ):
        return found._replace(rest=rest, generation=honorific_vocabulary.generations()[folded])
    if _is_letters(word, head, whole or found.letters):
        return found._replace(rest=rest, letters=True)
    if folded in honorific_vocabulary.sure_titles() or (
        found.title and folded in honorific_vocabulary.titles("behind_titles")
    ):
        return found._replace(rest=rest, title=f"{found.title} {word}".strip())
    if word in {"&", "and", "-", "–"} and (found.letters or found.generation):
        return found._replace(rest=rest)
    return None


def _is_letters(word: str, head: Sequence[str], whole: bool) -> bool:
    """Whether a word after a comma is post-nominal letters; after a family name alone it may be a given
    name."""
    folded = key(word)
    if folded in honorific_vocabulary.post_nominal_phrases():
        return True
    if whole:
        return is_post_nominal(word, head, behind_comma=True)
    if folded in {"md", "rn"}:
        return "." in word.strip(".") or is_upper(word)
    if is_upper(word) and not is_upper(" ".join(head)) and len(folded) > 3 and unspoken(word):
        return True
    return (
        folded in honorific_vocabulary.sure_post_nominals()
        and len(folded) > 2
        and is_post_nominal(word, head)
    )


def _is_job(words: Sequence[str], whole: bool) -> bool:
    folded = [fold(word) for word in words]
    jobs = vocabulary.jobs()
    if whole and vocabulary.desks().intersection(folded) and vocabulary.beside_desks().issuperset(folded):
        return True
    return bool(folded) and (folded[0] in jobs or (folded[-1] in jobs and (whole or len(folded) > 2)))


def _ends_company(piece: str) -> bool:
    words = fold(piece).split()
    return bool(words) and words[-1] in vocabulary.company_ends()


def _ends_in_initial(head: Sequence[str]) -> bool:
    """`Carolyn E, Savage`: no family name ends like that."""
    return len(head) > 1 and len(key(head[-1])) == 1 and len(key(head[0])) > 1


def given_first(last: Sequence[str], first: Sequence[str]) -> bool:
    """`jesse mr, ruiz`: whether a known given name with a title after it stands before the comma."""
    one_each = len(last) == len(first) == 1
    return one_each and has_relations(fold(last[0])) and not has_relations(fold(first[0]))


def generation_of(suffix: str) -> str:
    """The generation told by a suffix given apart (`Jr.`, `Jr., MD`, `III`, `MD`), as shown; "" for none."""
    head = ["", ""]
    tails = [tail_of(piece.strip(), head) for piece in suffix[:LONGEST].split(",") if piece.strip()]
    return next((tail.generation for tail in tails if tail and tail.generation), "")

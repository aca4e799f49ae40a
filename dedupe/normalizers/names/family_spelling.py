"""Family names that are written together with what stands before them in other places: Alhassan, Delacruz."""

from functools import cache, lru_cache

from dedupe.name_lists.lists import family_names
from dedupe.normalizers.rules import rules, words

_ARTICLES = ("al", "el")
_PARTICLES = ("dela", "delos", "delas", "vander", "vanden")
_FEWEST_LETTERS = 4
"""Of a family name behind a particle. Chosen: shorter ones end other names (Delaney)."""


@cache
def behind_articles() -> frozenset[str]:
    """Arabic family names that are written together with the article before them, too."""
    return words(rules("names")["articles"]["behind"])


@lru_cache(maxsize=65536)
def apart(word: str) -> str:
    """A folded word of a family name with its article or particle apart (al hassan, dela cruz), where a list
    has what stands behind; else the word."""
    for article in _ARTICLES:
        if word.startswith(article) and word[len(article) :] in behind_articles():
            return f"{article} {word[len(article) :]}"
    for particle in _PARTICLES:
        behind = word.removeprefix(particle)
        if behind != word and len(behind) >= _FEWEST_LETTERS and behind in family_names():
            return f"{particle} {behind}"
    return word


def is_written_together(word: str) -> bool:
    """Whether `apart` parts a folded word."""
    return apart(word) != word


def family_apart(last: str) -> str:
    """A folded family name with each of its words apart."""
    return " ".join(map(apart, last.split()))

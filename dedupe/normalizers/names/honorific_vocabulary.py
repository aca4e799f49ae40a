"""The vocabularies of titles, generations and post-nominal letters; see `data/honorifics.toml`."""

from functools import cache
from typing import Any

from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import fold


def _of(section: str) -> dict[str, Any]:
    section_of: dict[str, Any] = rules("honorifics")[section]
    return section_of


@cache
def titles(kind: str) -> frozenset[str]:
    return words(_of("titles")[kind])


@cache
def sure_titles() -> frozenset[str]:
    """Titles before any name."""
    return titles("sure") | titles("clergy")


@cache
def any_titles() -> frozenset[str]:
    return sure_titles() | titles("before_two") | titles("given")


@cache
def title_phrases() -> frozenset[str]:
    return phrases(_of("titles")["phrases"])


@cache
def couples_of_titles() -> frozenset[str]:
    """Words between the titles of two people."""
    return titles("couples")


@cache
def generations() -> dict[str, str]:
    """The generation as shown, by its folded spellings."""
    return {word: shown for shown, text in _of("generations").items() for word in text.split()}


@cache
def generation_rule(kind: str) -> frozenset[str]:
    return words(_of("generations_rules")[kind])


@cache
def generation_phrases() -> dict[str, str]:
    return {phrase: shown for shown, text in _of("generations_phrases").items() for phrase in text.split("|")}


@cache
def sure_post_nominals() -> frozenset[str]:
    """Letters behind a name in any writing."""
    return words(_of("post_nominals")["sure"])


@cache
def written_post_nominals() -> frozenset[str]:
    """Letters that might be a name, were they not written as they are."""
    return words(_of("post_nominals")["written_so"])


@cache
def post_nominal_phrases() -> frozenset[str]:
    return phrases(_of("post_nominals")["phrases"])


@cache
def phrase_ends() -> frozenset[str]:
    """The last words of what stands behind a name in several words."""
    several = post_nominal_phrases() | frozenset(generation_phrases())
    return frozenset(phrase.rpartition(" ")[2] for phrase in several)


@cache
def every_word() -> frozenset[str]:
    """Every word that some rule of honorifics asks for, whatever stands beside it.

    Not those with a dot, nor those that matter beside one of these only.
    """
    found = any_titles() | titles("royal") | titles("numbered") | titles("behind") | couples_of_titles()
    found |= frozenset(map(fold, titles("as_written"))) | frozenset(generations())
    return frozenset(word for word in found | sure_post_nominals() | written_post_nominals() if len(word) > 1)


@cache
def words_of_phrases() -> frozenset[str]:
    """The words of what is told by several; not single letters, nor names of which the other words tell."""
    several = title_phrases() | post_nominal_phrases() | frozenset(generation_phrases())
    found = frozenset(word for phrase in several for word in phrase.split() if len(word) > 1)
    return found - titles("names_in_phrases")


@cache
def leading() -> frozenset[str]:
    """Titles that are asked for before a name only: not its last word (Ann King, Nguyen Van Tuan)."""
    front = titles("before_two") | titles("royal") | titles("numbered")
    front |= frozenset(word for phrase in title_phrases() for word in phrase.split())
    behind = (
        sure_titles() | titles("given") | titles("behind") | titles("behind_titles") | couples_of_titles()
    )
    behind |= sure_post_nominals() | written_post_nominals() | frozenset(generations())
    several = post_nominal_phrases() | frozenset(generation_phrases())
    return front - behind - frozenset(word for phrase in several for word in phrase.split())

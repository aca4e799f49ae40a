"""The vocabularies of names, folded; see `data/names.toml`."""

import re
from functools import cache
from typing import Any

from dedupe.normalizers.names.honorific_vocabulary import (
    every_word,
    leading,
    sure_titles,
    titles,
    words_of_phrases,
)
from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import fold


def _names() -> dict[str, Any]:
    return rules("names")


@cache
def particles() -> frozenset[str]:
    return frozenset(fold(word) for word in words(_names()["particles"]["words"]))


@cache
def joining() -> frozenset[str]:
    return words(_names()["particles"]["joining"])


@cache
def binding() -> frozenset[str]:
    return words(_names()["particles"]["binding"])


@cache
def nobiliary() -> frozenset[str]:
    """Particles of which what follows is the family name, however many words."""
    return words(_names()["particles"]["nobiliary"])


@cache
def irish_surnames() -> frozenset[str]:
    """What stands behind O in Irish family names."""
    return words(_names()["irish_surnames"]["words"])


@cache
def compound_given() -> frozenset[str]:
    return phrases(_names()["compound_given"]["words"])


@cache
def iberian_surnames() -> frozenset[str]:
    return words(_names()["iberian_surnames"]["words"])


@cache
def tails() -> frozenset[str]:
    return words(_names()["tails"]["words"])


@cache
def late_tails() -> frozenset[str]:
    """Tails where two words stand before them."""
    return words(_names()["tails"]["after_two"]) | jobs()


@cache
def fillers() -> frozenset[str]:
    return frozenset(map(fold, words(_names()["fillers"]["words"])))


@cache
def unnamed() -> frozenset[str]:
    """What stands before a family name for a given name that nobody gave yet."""
    return phrases(_names()["fillers"]["before_family"])


@cache
def jobs() -> frozenset[str]:
    return words(_names()["jobs"]["words"])


@cache
def company_starts() -> frozenset[str]:
    return words(_names()["companies"]["starts"])


@cache
def company_ends() -> frozenset[str]:
    return words(_names()["companies"]["words"])


@cache
def companies_surnames() -> frozenset[str]:
    """Of these words the ones that are family names too."""
    return words(_names()["companies"]["surnames_too"])


@cache
def company_phrases() -> frozenset[str]:
    """Two words that end the name of a company, a parish, a firm of relatives."""
    return phrases(_names()["companies"]["phrases"])


@cache
def heads() -> frozenset[str]:
    return words(_names()["tails"]["heads"]) | jobs()


@cache
def couples() -> frozenset[str]:
    """Words between two people."""
    return words(_names()["couples"]["words"])


@cache
def every_couple() -> frozenset[str]:
    """The same, and those that stand between two people only beside known given names."""
    return couples() | words(_names()["couples"]["beside_given"])


@cache
def roles() -> frozenset[str]:
    return words(_names()["roles"]["words"])


@cache
def desks() -> frozenset[str]:
    """Words of roles and jobs."""
    return roles() | jobs()


@cache
def beside_desks() -> frozenset[str]:
    """The same, and the words that stand beside them."""
    return desks() | beside_roles()


@cache
def no_names_alone() -> frozenset[str]:
    """Titles and tails: no name without another word."""
    return sure_titles() | tails()


@cache
def beside_roles() -> frozenset[str]:
    """Words that stand beside those of roles."""
    return words(_names()["roles"]["with"])


@cache
def _no_name_words() -> tuple[frozenset[str], frozenset[str]]:
    """In Latin letters; in others."""
    listed = [word.replace("_", " ") for word in words(_names()["no_names"]["words"])]
    latin = frozenset(word for word in listed if all(ord(char) < 0x250 for char in word))
    return latin, frozenset(listed) - latin


@cache
def no_names() -> frozenset[str]:
    """Folded words and phrases that are no name."""
    return frozenset(map(fold, _no_name_words()[0])) - {""}


@cache
def no_names_as_written() -> frozenset[str]:
    """The same in other scripts than Latin, in small letters."""
    return frozenset(word.casefold() for word in _no_name_words()[1])


@cache
def surnames_too() -> frozenset[str]:
    return words(_names()["no_names"]["surnames_too"])


@cache
def surnames_in_case() -> frozenset[str]:
    """The same where they are written as the given name is."""
    return words(_names()["no_names"]["surnames_in_case"])


@cache
def no_name_pattern() -> re.Pattern[str]:
    return re.compile(
        "|".join(f"(?:{pattern})" for pattern in _names()["no_names"]["patterns"]), re.IGNORECASE
    )


@cache
def family_first() -> frozenset[str]:
    """Romanized surnames of Chinese, Korean and Japanese names."""
    listed = (words(_names()[f"{language}_surnames"]["romanized"]) for language in ("chinese", "korean"))
    return frozenset().union(*listed) | japanese()


@cache
def japanese() -> frozenset[str]:
    return words(_names()["japanese_surnames"]["romanized"])


@cache
def vietnamese() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames of Vietnamese names: (the sure ones, all)."""
    rule = _names()["vietnamese_surnames"]
    return words(rule["sure"]), words(rule["sure"]) | words(rule["words"])


@cache
def vietnamese_middle() -> frozenset[str]:
    return words(_names()["vietnamese_surnames"]["middle"])


@cache
def hungarian() -> tuple[frozenset[str], frozenset[str]]:
    """(surnames, given names)"""
    return words(_names()["hungarian"]["surnames"]), words(_names()["hungarian"]["given"])


@cache
def family_ending() -> re.Pattern[str]:
    endings = "|".join(sorted(words(_names()["family_endings"]["words"])))
    return re.compile(f"[a-z]{{3,}}(?:{endings})")


def leads(folded: str) -> bool:
    """Whether a word at the start of a name might be the family name."""
    surnames = hungarian()[0]
    listed = folded in family_first() or folded in vietnamese()[1] or surnames.issuperset(folded.split())
    return listed or family_ending().fullmatch(folded) is not None


@cache
def slavic_given() -> frozenset[str]:
    return words(_names()["slavic_given"]["words"])


@cache
def bound() -> frozenset[str]:
    return words(_names()["particles"]["bound"])


@cache
def written_surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames in Han characters or Hangul: (of one character, of more)."""
    names = _names()
    chinese, korean = names["chinese_surnames"], names["korean_surnames"]
    listed = (chinese["compound"], names["japanese_surnames"]["words"], korean["compound"])
    several = " ".join(listed).split()
    single = frozenset(word for word in several if len(word) == 1)
    return frozenset(chinese["single"]) | single, frozenset(several) - single


@cache
def _asked_of_names() -> frozenset[str]:
    """Words that other rules than those of honorifics and particles ask for."""
    of_companies = frozenset(word for phrase in company_phrases() for word in phrase.split())
    found = joining() | binding() | tails() | late_tails() | heads() | desks() | beside_roles() - particles()
    found |= company_ends() | company_starts() | (of_companies - titles("names_in_phrases"))
    several = " ".join([*every_couple(), *fillers(), *unnamed()]).split()
    found |= frozenset(word for word in several if len(word) > 1)
    phrases_of = [*no_names(), no_name_pattern().pattern]
    found |= frozenset(word for phrase in phrases_of for word in re.findall("[a-z]{2,}", phrase))
    for phrase in map(fold, no_names_as_written()):  # each is told by all its words
        words_of = frozenset(re.findall("[a-z]{2,}", phrase))
        found |= words_of - particles() or words_of
    found |= {"attn", "hd", "zhd", "dear", "hi", "hello", "hallo", "hola", "liebe", "lieber"}
    found |= {"aka", "alias", "genannt", "detto", "known", "ppa", "handen"}
    return found | {"ne", "nee", "geb", "geborene", "domu", "rozena", "roz", "urozhd"}


@cache
def _special_but_particles() -> frozenset[str]:
    return every_word() | (words_of_phrases() - particles()) | _asked_of_names()


@cache
def special() -> frozenset[str]:
    """Every word that some rule of names asks for, but for surnames and two-word given names."""
    return _special_but_particles() | particles()


@cache
def special_pieces() -> frozenset[str]:
    """The same for the two words of one with a hyphen."""
    return special() - binding()


@cache
def only_particles() -> frozenset[str]:
    """Particles that no other rule asks for: they matter to the order of the words alone."""
    return frozenset(word for word in particles() - _special_but_particles() if len(word) > 1)


@cache
def only_leading() -> frozenset[str]:
    """Titles that no rule asks for where they end a name."""
    return leading() - _asked_of_names() - particles()

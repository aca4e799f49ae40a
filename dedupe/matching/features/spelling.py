"""How a given name is spelled, without what differs between the spellings of one name.

Catherine and Katherine, Sarah and Sara, Steven and Stephen are one name; Tim and Tom, Maria and Marie are
two, though they sound alike to Metaphone, which hears no vowels.
"""

from __future__ import annotations

import re
from functools import lru_cache

# In this order; words are folded. Each folds letters that languages of Latin script write for one sound, and
# is looked at where one of its first letters is there ("" for any).
_RULES = tuple(
    (frozenset(letters), re.compile(pattern), sound)
    for letters, pattern, sound in (
        ("", r"([^aeiou])\1e$", r"\1"),
        ("", r"(.)\1", r"\1"),
        ("y", r"^y(?=[aeou])", "j"),
        ("pvw", r"ph|v|w", "f"),
        ("h", r"chr", "kr"),
        ("h", r"([cs])h", r"\1:"),  # a sound of its own: the h is not silent
        ("h", r"(?<=.)h", ""),
        ("c", r"c(?=[eiy])", "s"),
        ("cq", r"c(?!:)|q", "k"),
        ("z", r"z", "s"),
        ("x", r"x", "ks"),
        ("e", r"(?<=[^aeiou])(?:ae|ea)(?=[^aeiou])", "e"),
        ("e", r"(?<=[^aeiou])oe(?=[^aeiou])", "o"),
        ("u", r"(?<=[^aeiou])(?:ue|ou)(?=[^aeiou])", "u"),
        ("yei", r"(?:eig|e[iy]|ie)$|[iy]e(?=.)|y", "i"),
        ("e", r"(?<=.{4}[^aeiou:])e$", ""),
        ("", r"(.)\1", r"\1"),
    )
)


@lru_cache(maxsize=65536)
def spelling(name: str) -> str:
    """The letters of a folded given name in which spellings of one name agree."""
    found = name.replace(" ", "")
    for letters, pattern, sound in _RULES:
        if not letters or not letters.isdisjoint(found):
            found = pattern.sub(sound, found)
    return found

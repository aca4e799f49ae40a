"""Names: given names, whole or in parts → parts, folded forms, match keys, or the reason why it is no name.

Fields of `schemas.NAME`:

- `given`: as written (the whole, or the parts joined).
- `value`: cleaned, for people, in the order given, middle, family, suffix (family name first in East Asian
  scripts); capitals mended where the name was written in capitals or small letters only.
- `given_name`, `middle_name`, `family_name`, `prefix` (title), `suffix` (Jr, Sr, II …: tells people apart),
  `nickname`: parts of `value`; null where absent. A lone name is a `given_name`, with a title a
  `family_name`.
- `first`, `middle`, `last`: these parts folded: lower-case Latin letters and digits, single spaces, particles
  kept (`van der berg`); "" where absent. Of several people (`Peter u. Maria Huber`) `given_name` is as
  written and `first` is "": whose it is can't be told; `last` is the family name that they have in common.
  Common names of other scripts are spelled as people spell them in Latin (`data/spellings.toml`: محمد is
  mohammed, 김 is kim, 田中 is tanaka), other words letter by letter.
- `keys`:
  `keys[0]` `first last` folded (the one there is, if only one);
  `keys[1]` `t:` and the tokens of first, middle and last (without its particles), sorted: order-free;
  `p:` metaphone of the family name without particles, a space, the first letter of the first name;
  `q:` the metaphones of first and family name, sorted (order-free, spelling-tolerant);
  `n:` one for each name the first name may be short for, and itself: `n:robert smith` for Bob Smith.
  Relations, not classes: Alex has `n:alex …`, `n:alexander …`, `n:alexandra …`; Alexander has
  `n:alexander …` only. Absent for names without known relations; the nickname in quotes counts too.
  A lone given name has them bare: `n:robert` for Bob. `p:` and `q:` need both a first and a family name.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import jellyfish

from dedupe.arrays.untyped import DataType, pa
from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.commas import generation_of
from dedupe.normalizers.names.couples import recased_people
from dedupe.normalizers.names.family_spelling import family_apart
from dedupe.normalizers.names.nicknames import formal_names, has_relations
from dedupe.normalizers.names.order import is_loud
from dedupe.normalizers.names.parts import NameParts, in_parts, parse_name
from dedupe.normalizers.text import fold, is_upper

_SPELLED = re.compile("[A-Za-zÀ-ÖØ-öø-ňŋ-ž]+(?: [A-Za-zÀ-ÖØ-öø-ňŋ-ž]+)+")  # nothing that is read otherwise
_TURKISH = re.compile("[İŞĞ]")
FIELDS = ("full", "given", "middle", "family", "prefix", "suffix", "nickname")
KINDS: dict[str, DataType] = {
    "row": pa.int64(),
    "given": pa.string(),
    "value": pa.string(),
    "given_name": pa.string(),
    "middle_name": pa.string(),
    "family_name": pa.string(),
    "prefix": pa.string(),
    "suffix": pa.string(),
    "nickname": pa.string(),
    "first": pa.string(),
    "middle": pa.string(),
    "last": pa.string(),
    "keys": pa.list_(pa.string()),
    "reason": pa.string(),
}


class Name(NamedTuple):
    """One name in the order of KINDS, without its row."""

    given: str
    value: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    nickname: str | None = None
    first: str | None = None
    middle: str | None = None
    last: str | None = None
    keys: tuple[str, ...] = ()
    reason: str | None = None


def normalize_name(
    full: str = "",
    given: str = "",
    middle: str = "",
    family: str = "",
    prefix: str = "",
    suffix: str = "",
    nickname: str = "",
) -> list[Name]:
    """Normalize one given name; gives two where the whole and the parts disagree, or a birth name (`née`)
    is given."""
    parts = (given, middle, family)
    if not any(text.strip() for text in (given, family)):
        written = full if full.strip() else " ".join(text for text in (*parts, nickname) if text)
        return _named(full or written, _completed(parse_name(written), prefix, suffix, nickname))
    joined = " ".join(text for text in (prefix, given, middle, family, suffix) if text)
    taken = _completed(in_parts(given, middle, family, full), prefix, suffix, nickname)
    found = _named(full if full.strip() and _agree(taken, full) else joined, taken)
    if full.strip() and not _agree(taken, full):
        found += _named(full, parse_name(full))
    return [name for name in found if name.reason is None] or found[:1]


def _named(given: str, parts: NameParts) -> list[Name]:
    """The name, and behind it the one at birth if that is told."""
    if not parts.birth_name or not parts.given or parts.reason:
        return [make_name(given, parts)]
    return [make_name(given, parts), make_name(given, parts._replace(family=parts.birth_name))]


def _completed(parts: NameParts, prefix: str, suffix: str, nickname: str) -> NameParts:
    """With the title, suffix and nickname that were given apart."""
    if parts.reason or not (prefix or suffix or nickname):
        return parts
    shown = generation_of(suffix)
    aside = parse_name(nickname).given if nickname else ""
    return parts._replace(
        prefix=parts.prefix or (fold(prefix) and prefix.strip()[:40]),
        suffix=parts.suffix or shown,
        nickname=parts.nickname or aside,
    )


def _agree(parts: NameParts, full: str) -> bool:
    """Whether the whole adds nothing to the parts."""
    if _SPELLED.fullmatch(full) and frozenset(fold(full).split()) <= _tokens(parts):
        return True
    whole = parse_name(full)
    return whole.reason is not None or _tokens(whole) <= _tokens(parts)


def _tokens(parts: NameParts) -> frozenset[str]:
    return frozenset(fold(" ".join(parts[:3])).split())


def make_name(given: str, parts: NameParts) -> Name:
    """A name with its folded forms and keys."""
    if parts.reason:
        return Name(given, reason=parts.reason)
    if parts.several:
        return _of_several(given, parts)
    parts = recased(parts)
    first, middle, last = fold(parts.given), fold(parts.middle), family_apart(fold(parts.family))
    if not (first or last):
        return Name(given, reason="no letters")
    given_name, middle_name, family, prefix, suffix, nickname = (part or None for part in parts[:6])
    keys = name_keys(first, middle, last, fold(parts.nickname))
    return Name(
        given,
        parts.shown(),
        given_name,
        middle_name,
        family,
        prefix,
        suffix,
        nickname,
        first,
        middle,
        last,
        keys,
    )


def _of_several(given: str, parts: NameParts) -> Name:
    """The name of several people; only their common family name is compared."""
    whole = f"{parts.given}{parts.family}"
    shouted = is_upper(whole) or whole.islower()
    given_name = recased_people(parts.given, shouted, capitalized)
    family = recased(NameParts(family=parts.family)).family
    if not given_name:
        family = recased_people(parts.family, shouted, capitalized)
    parts = parts._replace(given=given_name, family=family, suffix="")
    last = family_apart(fold(family)) if given_name else ""
    keys = name_keys("", "", last) if last else ()
    own, _, shared, prefix, _, nickname = (part or None for part in parts[:6])
    return Name(given, parts.shown(), own, None, shared, prefix, None, nickname, "", "", last, keys)


def recased(parts: NameParts) -> NameParts:
    """The name with capitals corrected where it has only capitals or only small letters."""
    whole = "".join(parts[:3])
    if not (is_upper(whole) or whole.islower()):
        return _evened(parts)
    if len(whole) < 4:
        return parts
    given, middle = capitalized(parts.given), capitalized(parts.middle)
    family = capitalized(parts.family, particle_first=" " in parts.family)
    return parts._replace(given=given, middle=middle, family=family)


def _evened(parts: NameParts) -> NameParts:
    """`Jean DUPONT` as `Jean Dupont`, `ann Smith` as `Ann Smith`."""
    given, family = parts.given, parts.family
    if given.islower() or (given and all(map(is_loud, given.split())) and len(given) > 3):
        given = capitalized(given)
    loud = family and all(map(is_loud, family.split()))
    if loud or (family.islower() and len(family) > 1):
        family = capitalized(family, particle_first=" " in family)
    return parts._replace(given=given, family=family)


def capitalized(text: str, particle_first: bool = False) -> str:
    """`VAN DER BERG` as `van der Berg` (`particle_first`) or `Van der Berg`."""
    words = [
        word.lower()
        if (index or particle_first) and fold(word) in vocabulary.particles()
        else capital_word(word)
        for index, word in enumerate(text.split())
    ]
    return " ".join(words)


def capital_word(word: str) -> str:
    for sign in "-'’":
        if sign in word:
            return sign.join(capital_word(piece) for piece in word.split(sign))
    if word[:2].lower() == "mc" and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    rest = word[1:].replace("I", "ı") if _TURKISH.search(word) else word[1:]
    return word[:1].upper() + rest.replace("İ", "i").lower()


def name_keys(first: str, middle: str, last: str, nickname: str = "") -> tuple[str, ...]:
    *particles_first, final = last.split() or [""]
    kept = [word for word in particles_first if word not in vocabulary.particles()]
    tokens = [*first.split(), *middle.split(), *kept, final]
    whole = f"{first} {last}".strip()
    keys = [whole, f"t:{' '.join(sorted(filter(None, tokens)))}"]
    if not first:
        return tuple(keys)
    if last:
        family = family_core(last)
        sounds = sorted({sound(first.replace(" ", "")), sound(family)})
        keys += [f"p:{sound(family)} {first[0]}", f"q:{' '.join(sounds)}"]
    formal = {name for short in (first, first.split()[0], nickname) for name in formal_keys(short)}
    return (*keys, *(f"n:{name} {last}".rstrip() for name in sorted(formal)))


_PARTS = frozenset({"mc", "mac", "o"})


@lru_cache(maxsize=65536)
def formal_keys(short: str) -> tuple[str, ...]:
    """The names that a folded first name may stand for, itself among them, sorted; none without relations."""
    return tuple(sorted(formal_names(short) | {short})) if has_relations(short) else ()


def family_core(last: str) -> str:
    """The family name in one word, without the particles before its last word, but with those that are a part
    of it (Mc Donald)."""
    *before, final = last.split()
    return "".join([*(word for word in before if word not in vocabulary.particles() - _PARTS), final])


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """Metaphone, or the word itself where that is empty (digits)."""
    return jellyfish.metaphone(word) or word

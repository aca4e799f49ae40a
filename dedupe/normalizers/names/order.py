"""The order of a name's words: which are given names and which the family name."""

import re

from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.text import fold, is_upper

CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7af\u3040-\u30ff々]+")
_SYLLABLES = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh|kk|tt)?(?:[aeiou]|ae|ai|ao|an|ang|ei|en|eng|er|eo|eon|eong|eun|eu|ia|ian|iang|iao|ie|in|ing"
    r"|iong|iu|yeo|yeon|yeong|yu|yun|yung|yo|ya|ong|oo|oon|ou|oung|un|ung|ew|iew|ua|uan|uang|ue|uai|ui|uo|am|im|om|um|ak|ok|uk|ik|il|ul|ol|al|ee|ye|ya))+"
)
_JAPANESE = re.compile(
    r"(?:(?:[kgsztdnhbpmyrwjf]|ky|gy|sh|ch|ts|ny|hy|by|py|my|ry|kk|ss|tt|pp|ssh|tch)?[aeiou]|n)+"
)
_VIETNAMESE = re.compile(
    r"(?:[bcdghklmnpqrstvx]|ch|gh|gi|kh|ng|ngh|nh|ph|qu|th|tr)?[aeiouy]{1,3}(?:[cmnpt]|ch|ng|nh)?"
)
_VIETNAMESE_LETTERS = re.compile("[\u1ea0-\u1ef9\u01a0\u01a1\u01af\u01b0]")
_ARTICLES = frozenset({"al", "el", "ul", "ur", "ar", "as"})
"""Between abd and the name that it is written with (Abd al Rahman)."""
_APOSTROPHE_T = re.compile("['’‘`´]t", re.IGNORECASE)
_VOWELS = frozenset("AEIOUY")
_PATRONYMIC = re.compile(
    r"[a-z]{2,}(?:ovich|evich|yevich|ovych|evych|yovych|ovna|evna|yevna|ivna|ichna|inichna)"
)
_DAUGHTERS = ("na",)


def is_east_asian(text: str) -> bool:
    """Whether it has Han characters, kana or Hangul, in which the family name comes first."""
    return CJK.search(text) is not None


def is_patronymic(folded: str) -> bool:
    return _PATRONYMIC.fullmatch(folded) is not None


def written_together(word: str) -> tuple[str, str]:
    """Given and family name ("" if it can't be told) of Han or Hangul without a space."""
    single, several = vocabulary.written_surnames()
    hangul = "\uac00" <= word[0] <= "\ud7af"
    if 1 < len(word) <= 5:
        for length in (3, 2):
            if len(word) > length and word[:length] in several:
                return word[length:], word[:length]
        if len(word) <= 4 and (hangul or word[0] in single):
            return word[1:], word[0]
        if len(word) == 4:
            return word[2:], word[:2]
    return word, ""


def ordered(words: list[str]) -> tuple[list[str], list[str]]:
    """Split two or more words into given names and family names."""
    folded = ["'t" if _APOSTROPHE_T.fullmatch(word) else fold(word) for word in words]
    if len(words) == 2 and folded[0] in vocabulary.binding() and folded[1] in vocabulary.bound():
        return [" ".join(words)], []
    if parted := _by_capitals(words):
        return parted
    if CJK.fullmatch(words[0]) or _family_first(folded):
        return [" ".join(words[1:])], words[:1]
    if _vietnamese(words, folded):
        return [words[-1], *words[1:-1]], words[:1]
    if _slavic(words, folded) or _hungarian(folded) or _before_given(folded) or _before_initials(words):
        return words[1:], words[:1]
    start = _family_start(folded)
    return words[:start], words[start:]


def _by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    """`DUPONT Jean`, `Jean DUPONT`: the family name is written in capitals."""
    if is_upper(" ".join(words)):
        return None
    loud = [is_loud(word) for word in words]
    if not any(loud):
        return None
    if loud[0] and not any(loud[loud.index(False) :]):
        return words[loud.index(False) :], words[: loud.index(False)]
    first = loud.index(True)
    if first and all(loud[first:]):
        return words[:first], words[first:]
    return None


def is_loud(word: str) -> bool:
    """In capitals, and neither initials (JRR) nor a decoration (HRH)."""
    letters = fold(word).upper()
    spoken = not _VOWELS.isdisjoint(letters) or fold(word) in vocabulary.family_first()
    return is_upper(word) and sum(map(str.isalpha, word)) > 1 and spoken


def _family_first(folded: list[str]) -> bool:
    """A romanized Chinese, Korean or Japanese name in its own order."""
    surnames = vocabulary.family_first()
    if folded[0] not in surnames or folded[-1] in surnames or len(folded) > 3:
        return False
    rest = [syllable for word in folded[1:] for syllable in word.split()]
    spelling = _JAPANESE if folded[0] in vocabulary.japanese() else _SYLLABLES
    return all(1 < len(part) < 13 and spelling.fullmatch(part) for part in rest)


def _vietnamese(words: list[str], folded: list[str]) -> bool:
    """`Nguyen Van An`: family name, middle names, given name."""
    sure, surnames = vocabulary.vietnamese()
    first, last = folded[0], folded[-1]
    if first not in surnames or len(folded) > 4 or not _VIETNAMESE.fullmatch(last):
        return False
    written = any(_VIETNAMESE_LETTERS.search(word) for word in words)
    if len(folded) == 2:
        return (first in sure or written) and last not in surnames
    is_vietnamese = written or folded[1] in vocabulary.vietnamese_middle()
    return is_vietnamese and (last not in sure or folded[1] in {"van", "thi"})


def _slavic(words: list[str], folded: list[str]) -> bool:
    """`Putin Vladimir Vladimirovich`: family name, given name, patronymic."""
    if len(folded) != 3 or not is_patronymic(folded[2]) or is_patronymic(folded[1]):
        return False
    written = not words[2].isascii()
    return written or folded[2].endswith(_DAUGHTERS) or folded[1] in vocabulary.slavic_given()


def _hungarian(folded: list[str]) -> bool:
    """`Nagy Imre`: family name and given names."""
    surnames, given = vocabulary.hungarian()
    return len(folded) < 4 and surnames.issuperset(folded[0].split()) and given.issuperset(folded[1:])


def _before_given(folded: list[str]) -> bool:
    """`Kowalska Anna`: a word that can only be a family name, and known given names."""
    if len(folded) > 3 or not vocabulary.family_ending().fullmatch(folded[0]):
        return False
    return all(has_relations(word) or word in vocabulary.slavic_given() for word in folded[1:])


def _before_initials(words: list[str]) -> bool:
    """`Ivanov I. I.`, `Brines Mark R` where only the second word is a known given name."""
    letters = [sum(map(str.isalpha, word)) for word in words]
    if len(words) < 3 or letters[0] == 1 or letters[-1] > 1:
        return False
    if set(letters[1:]) == {1}:
        return words[1].endswith(".")
    known = len(words) == 3 and has_relations(fold(words[1])) and not has_relations(fold(words[0]))
    return known and fold(words[0]) not in vocabulary.slavic_given()


def _family_start(folded: list[str]) -> int:
    """Where the family name begins: particles and double surnames belong to it; one given name stays."""
    start = len(folded) - 1
    if start > 2 and folded[start - 1] in vocabulary.joining():
        start -= 2
    if not (folded[start - 1] == "van" and folded[start] in vocabulary.vietnamese()[0]):
        start = _with_particles(folded, start)
    start = _from_nobiliary(folded, start)
    surnames = vocabulary.iberian_surnames()
    if start > 1 and folded[-1] in surnames and folded[start - 1] in surnames:
        start = _with_particles(folded, start - 1)
    return start


def _from_nobiliary(folded: list[str], start: int) -> int:
    """`Ann von Bergen Wessels`: from the particle on it is the family name, but for Vietnamese names."""
    surnames = vocabulary.vietnamese()[1]
    if folded[-1] in surnames or folded[0] in surnames or folded[start] in vocabulary.nobiliary():
        return start
    return next((at for at in range(1, start) if folded[at] in vocabulary.nobiliary()), start)


def _with_particles(folded: list[str], start: int) -> int:
    while start > 1 and (_is_particle(folded, start - 1) or _joins_particles(folded, start - 1)):
        start -= 1
    return start


def _is_particle(folded: list[str], index: int) -> bool:
    word = folded[index].rpartition(" ")[2]  # de Vries-van den Berg
    if word == "o" and folded[index + 1] in vocabulary.irish_surnames():  # Patrick O Meara
        return True
    known = word in vocabulary.particles() or word == "'t"
    return known and not _initial(folded, index)


def _joins_particles(folded: list[str], index: int) -> bool:
    """`von und zu Guttenberg`."""
    particles = vocabulary.particles()
    return folded[index] in vocabulary.joining() and {folded[index - 1], folded[index + 1]} <= particles


def _initial(folded: list[str], index: int) -> bool:
    """`Mary E Smith`: a lone letter in the middle is an initial, except between two surnames."""
    return len(folded[index]) == 1 and not (folded[index] in vocabulary.joining() and index > 1)


def given_and_middle(words: list[str]) -> tuple[str, str]:
    """The first given name (two words where they are one name, as Juan Carlos) and the others."""
    folded = [fold(word) for word in words]
    compounds = vocabulary.compound_given()
    length = next((n for n in (3, 2) if n <= len(words) and " ".join(folded[:n]) in compounds), 1)
    if len(words) > 1 and folded[0] in vocabulary.binding():
        length = 3 if len(words) > 2 and folded[1] in _ARTICLES else 2  # Abd al Rahman
    return " ".join(words[:length]), " ".join(words[length:])

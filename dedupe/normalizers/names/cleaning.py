"""Cleaning of a name's text before it is split into parts: whether it is a name, and what to remove around
it.

Total and linear on any text.
"""

import re
import unicodedata
from functools import lru_cache

from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.honorific_vocabulary import sure_titles, titles
from dedupe.normalizers.names.honorifics import is_generation
from dedupe.normalizers.names.nicknames import formal_names, has_relations
from dedupe.normalizers.names.post_nominals import is_post_nominal
from dedupe.normalizers.rules import alternatives, phrases, rules, words
from dedupe.normalizers.text import clean, fold, is_upper

LETTER = re.compile(r"[^\W\d_]")
GLUED = re.compile(r"([A-Z][a-z]{2,})([A-Z][a-z]+)")
_GLUE = words(rules("names")["particles"]["glued"])
_EMAIL = re.compile(r"\S@\S+\.\S")
_PHONE = re.compile(r"(?:(?P<label>[^\W\d_]{1,12})[.:#]*\s*)?[+(]?\d[\d\s().+/x*#-]{4,}")
_WEB = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|io|biz)", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)[\w#:-]{6,}")
_NICKNAME = re.compile(
    r"""["“”„«»‟「『]([^"“”„«»‟「」『』]{1,40})["“”„«»‟」』]|(?<=\s)['‘’`]{1,2}([^'‘’`]{1,40})['‘’`]{1,2}(?=\s|$)"""
)
_BRACKETED = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]?")
_QUOTED_FAMILY = re.compile(r'^["“„«]([^"“”„«»]+)["“”»]\s*,')
_QUOTED = re.compile(r"['‘’](?!t |s-)(.{2,})['‘’]|'(?!t |s-)(.+)")
_ANY = {key: alternatives(listed) for key, listed in rules("names")["around"].items()}
_PREPOSITIONS = alternatives(rules("names")["tails"]["prepositions"])
_TAIL = re.compile(rf"\s+[-–—|@•·:~/\\]+\s*|\s*[|•@]\s*|\s[-–—]+(?=\S)|\s+(?:{_PREPOSITIONS})\s+")
_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_])")
_DOTTED = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
_HONORARY = re.compile(r"(?<=[rR]\.|\w[rR]) ?(?:h\. ?c|e\. ?h)\.(?: ?mult\.)?(?=\s)")
_PRONOUNS = re.compile(
    rf"\b(?:{_ANY['pronouns']})(?:\s?/\s?(?:{_ANY['further_pronouns']})){{1,2}}\b", re.IGNORECASE
)
_BIRTH_NAME = re.compile(rf"(?:(?<=\s)|[(,]\s*)(?:{_ANY['born']})\s+([^\s(),]+)\)?", re.IGNORECASE)
_FIRM = re.compile(rf"\S\s+\S+\s+co\.$|\S\s*[&+]\s*(?:{_ANY['firm_partners']})\b\.?$", re.IGNORECASE)
_POSSESSIVE = re.compile("['’]s$")
_REMARKS = re.compile(rf"\b(?:{_ANY['remarks']})\b", re.IGNORECASE)
_VAN_DER = re.compile(r"\bv\.?/?d\. ?(?=[^\W\d_]{2})", re.IGNORECASE)
_MARIA = re.compile(r"\bM\.?ª", re.IGNORECASE)
_MA = re.compile(r"^Ma\. ?(?=[^\W\d_]{2})", re.IGNORECASE)
_O_APART = re.compile(r"\b([OD]['’‘]) (?=[^\W\d_])", re.IGNORECASE)
_GLUED_TITLE = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,9})\.(?=([^\W\d_]{2,}))")
_ALIAS = re.compile(rf"(?<=\S)\s(?:{_ANY['called']})\s+([^\s,()]{{1,40}})", re.IGNORECASE)
_LABEL = re.compile(r"[^\s:]{2,30}:\s+(?=\S+\s\S)")
_ADDRESS = re.compile(
    r"(?<![^\s<(\[])[<(\[]?(?:mailto:)?[^\s<>()\[\]@]+@[^\s<>()\[\]@]+\.[^\s<>()\[\]@]+[>)\]]?", re.IGNORECASE
)
_ADDRESSING = re.compile(
    rf"^(?:(?:{_ANY['addressed']})\b[.:]*|(?-i:i\. ?[AV]\.|ppa\.))\s+(?=\S)", re.IGNORECASE
)
_SIGNS = re.compile(r'["“”„«»‟*_#=<>^~!?;{}\[\]()%$€£+\\]+')
_SIGNED = re.compile(r"\s(?:i\. ?[AV]\.|ppa\.)$")
THAI_TITLES = tuple(phrases(rules("names")["around"]["thai_titles"]))
_THAI_TITLE = re.compile(f"^(?:{_ANY['thai_titles']})\\s*(?=[\u0e01-\u0e2e\u0e40-\u0e44]{{2}})")
ADDRESSED = re.compile(rf"(?<=\S)\s?(?:{_ANY['behind_names']})$")


def compatible(text: str) -> str:
    """The text with compatibility characters replaced: 𝓐, full-width letters, ligatures, half-width kana."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _MARIA.sub("María", text))


@lru_cache(maxsize=16384)
def no_name(text: str) -> str | None:
    """The reason why a cleaned text is no name, or None."""
    if not text:
        return "empty"
    if _EMAIL.search(text):
        return "an email"
    phone = _PHONE.fullmatch(text)
    if phone and (not phone["label"] or fold(phone["label"]) in vocabulary.tails()):
        return "a phone number"
    if _WEB.fullmatch(text):
        return "a web address"
    if not LETTER.search(text):
        return "no letters"
    if _FIRM.search(text):
        return "a company"
    return "placeholder" if _is_placeholder(text) else None


def _is_placeholder(text: str) -> bool:
    folded = fold(text)
    if text == "Nan":  # Not a Number is written otherwise
        return False
    if folded in vocabulary.no_names() or vocabulary.no_name_pattern().fullmatch(text):
        return True
    if _CODE.fullmatch(text) and 2 * sum(map(str.isdigit, text)) >= len(text):
        return True
    written, as_written = text.casefold(), vocabulary.no_names_as_written()
    return (
        written in as_written
        or _all_in(folded.split(), vocabulary.no_names())
        or _all_in(written.split(), as_written)
    )


def _all_in(tokens: list[str], known: frozenset[str]) -> bool:
    """Whether all tokens are numbers or in the word list, at least one of them in the list."""
    words = [token for token in tokens if not any(map(str.isdigit, token))]
    return bool(words) and known.issuperset(words)


def nobody(text: str) -> str | None:
    """The reason why the remaining text is no person's name: a company, a desk, a title alone; or None."""
    words = fold(text).split()
    if not vocabulary.desks().isdisjoint(words) and vocabulary.beside_desks().issuperset(words):
        return "a role"
    if len(words) > 1 and _is_company(text, words):
        return "a company"
    return "placeholder" if words and vocabulary.no_names_alone().issuperset(words) else None


def _is_company(text: str, words: list[str]) -> bool:
    """Whether it begins or ends like a company's name; not `John Smith, Acme Inc`."""
    ends = vocabulary.company_ends()
    if words[0] in vocabulary.company_starts():
        return True
    if " ".join(words[-2:]) in vocabulary.company_phrases():
        return len(words) > 2
    if words[-1] not in ends:
        return False
    before, _, behind = (fold(part).split() for part in text.partition(","))
    return not (len(before) > 1 and len(behind) > 1 and before[-1] not in ends)


def is_company_in_parts(given: str, family: str) -> bool:
    """`ACME` and `Trading` given as given and family name."""
    folded, words = fold(given), fold(family).split()
    ends = (
        bool(words)
        and words[-1] in vocabulary.company_ends()
        and words[-1] not in vocabulary.companies_surnames()
    )
    return ends and not (has_relations(folded) or has_relations(folded.split(" ")[0]))


def without_address(text: str) -> str:
    """`Ann Smith <ann@x.org>` without the address; an address beside one word only stays."""
    found = _ADDRESS.search(text)
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip(" ,;:|-") if found else text
    named = len([word for word in rest.split() if LETTER.search(word)]) > (
        0 if found and found[0][-1] in ">)]" else 1
    )
    return rest if found and named else text


def take_birth_name(text: str) -> tuple[str, str]:
    """The name without `née Jones`, and the name at birth."""
    found = _BIRTH_NAME.search(text)
    if not found or not text[: found.start()].strip():
        return text, ""
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), found[1]


def take_nickname(text: str) -> tuple[str, str]:
    """The name without its nickname in quotes or in brackets, or after `aka`, and that nickname."""
    text = _QUOTED_FAMILY.sub(r"\1,", text)
    if alias := _ALIAS.search(text):
        return f"{text[: alias.start()]} {text[alias.end() :]}".strip(), alias[1]
    found = _NICKNAME.search(text)
    if found and found.span() != (0, len(text)):
        nickname = (found[1] or found[2]).strip(" .,")
        return f"{text[: found.start()]} {text[found.end() :]}".strip(), nickname
    found = _BRACKETED.search(text)
    if not found or not LETTER.search(found[1]):
        return text, ""
    before, inner, behind = text[: found.start()].strip(), found[1].strip(), text[found.end() :].strip(" ,")
    if is_generation(inner, [before], 9):
        return f"{before} {inner} {behind}".strip(), ""
    if _is_nickname(before, inner, behind):
        return f"{before} {behind}".strip(), inner
    return text, ""


def _is_nickname(before: str, inner: str, behind: str) -> bool:
    """Whether a bracket holds a nickname: any word within the name, behind it a form of a given name."""
    folded = fold(inner)
    if folded in vocabulary.tails() or is_post_nominal(inner, [before]) or folded in titles("behind_titles"):
        return False
    if before and behind:
        return True
    if behind:
        initials = all(len(word) == 1 for word in folded.split())
        return (initials or has_relations(folded)) and " " in behind
    return in_relation(folded, before)


def in_relation(folded: str, before: str) -> bool:
    """`Robert Smith (Bob)`, `Smith, Michael (Louie)`; not the town in `Ann Smith (Charlotte)`."""
    if "," in before:
        return has_relations(folded)
    own = formal_names(folded) | {folded}
    return any(folded != word and own & (formal_names(word) | {word}) for word in fold(before).split())


def spelled_out(text: str) -> str:
    """`John.Smith` and `v.d. Berg` as they are meant; no pronouns, no orders."""
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1] or quoted[2]
    text = _ADDRESSING.sub("", text)
    if "." in text:
        text = _GLUED_TITLE.sub(_title_apart, _MA.sub("Maria ", _SIGNED.sub("", text)))
    text = text if text.isascii() else _THAI_TITLE.sub("", text)
    text = _PRONOUNS.sub("", text).rstrip(" ,") if "/" in text else text.rstrip(" ,")
    text = _REMARKS.sub(" ", text)
    if "." in text:
        text = _HONORARY.sub("", text)
        text = _VAN_DER.sub("vd ", text if " " in text else _DOTTED.sub(" ", text))
    return text.strip()


def initials_apart(text: str) -> str:
    """`J.R.` as `J. R.`"""
    return _INITIALS.sub(" ", text)


def _title_apart(found: re.Match[str]) -> str:
    """`Mr.Smith` as `Mr. Smith`."""
    whole = fold(found[1] + found[2]) in sure_titles()  # Sig.ra
    return f"{found[0]} " if fold(found[1]) in sure_titles() and not whole else found[0]


def undecorated(text: str) -> str:
    """Without brackets, quotes, emoji and other decoration."""
    if text.replace(" ", "").isalpha():
        return " ".join(text.split())
    text = _BRACKETED.sub(lambda found: " " if text[: found.start()].strip() else f" {found[1]} ", text)
    if not text.isascii():
        text = "".join(char if _belongs(char) else " " for char in text)
    return " ".join(_SIGNS.sub(" ", text).split())


def _belongs(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMNZP" or char in "·`´&"


def without_tail(text: str) -> str:
    """The name without words of affiliation: `Ann - Acme`, `Ann | work`, `Ann mobile`, `VIP Ann Smith`."""
    if label := _LABEL.match(text):
        text = text[label.end() :]
    pieces = [piece for piece in _TAIL.split(text) if LETTER.search(piece)]
    if len(pieces) > 1:
        text = next((piece for piece in pieces if not (no_name(piece) or nobody(piece))), pieces[0])
    words = ADDRESSED.sub("", text).split()
    while len(words) > 1 and _is_head(words):
        words.pop(0)
    cut = len(words)
    while len(words) > 1 and _is_tail(words):
        words.pop()
    whole = " ".join(words).strip(" -–—.:/&@") if words else text
    return _POSSESSIVE.sub("", whole) if len(words) < cut else whole


def behind_unnamed(text: str) -> str:
    """What is behind a given name that nobody gave yet (`Baby Girl Smith`); "" where there is none."""
    words = text.split()
    for length in (2, 1):
        if len(words) > length and fold(" ".join(words[:length])) in vocabulary.unnamed():
            return " ".join(words[length:])
    return ""


def _is_head(words: list[str]) -> bool:
    folded = fold(words[0])
    return folded in vocabulary.fillers() or (len(words) > 2 and folded in vocabulary.heads())


def _is_tail(words: list[str]) -> bool:
    folded = fold(words[-1])
    if folded in vocabulary.surnames_in_case() and len(words) == 2 and written_alike(*words):
        return False
    always = folded in vocabulary.tails() or folded in vocabulary.fillers()
    return always or (len(words) > 2 and folded in vocabulary.late_tails())


def written_alike(one: str, other: str) -> bool:
    """Whether both are in capitals, both in small letters, or both in neither."""
    return (is_upper(one), one.islower()) == (is_upper(other), other.islower())


def unglued(text: str) -> str:
    """`AnnSmith` as `Ann Smith`, but MacDonald and DeLuca as they are."""
    found = GLUED.fullmatch(text)
    return f"{found[1]} {found[2]}" if found and found[1].lower() not in _GLUE else text


def cleaned(text: str) -> str:
    return _O_APART.sub(r"\1", clean(compatible(text)))

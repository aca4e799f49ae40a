"""The text of a name before it is taken into parts: whether it is one at all, and what stands around it.

Total and linear on any text.
"""

import re
import unicodedata

from dedupe.normalizers import name_words as vocabulary
from dedupe.normalizers.text import clean, fold

LETTER = re.compile(r"[^\W\d_]")
GLUED = re.compile(r"([A-Z][a-z]{2,})([A-Z][a-z]+)")
_GLUE = frozenset({"mac", "fitz", "van", "vander", "von", "del", "della", "dela", "san", "saint"})
_EMAIL = re.compile(r"\S@\S+\.\S")
_PHONE = re.compile(r"(?:(?P<label>[^\W\d_]{1,12})[.:#]*\s*)?[+(]?\d[\d\s().+/x*#-]{4,}")
_WEB = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|io|biz)", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)[\w#:-]{6,}")
_NICKNAME = re.compile(
    r"""["“”„«»‟「『]([^"“”„«»‟「」『』]{1,40})["“”„«»‟」』]|(?<=\s)['‘’]([^'‘’]{1,40})['‘’](?=\s|$)"""
)
_BRACKETED = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]?")
_QUOTED = re.compile(r"['‘’](?!t |s-)(.{2,})['‘’]|'(?!t |s-)(.+)")
_TAIL = re.compile(r"\s+[-–—|@•·:~/\\]+\s*|\s*[|•@]\s*|\s[-–—]+(?=\S)|\s+(?:c/o|via|from|at|bei|chez)\s+")
_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_])")
_DOTTED = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
_HONORARY = re.compile(r"(?<=[rR]\.|\w[rR]) ?(?:h\. ?c|e\. ?h)\.(?: ?mult\.)?(?=\s)")
_PRONOUNS = re.compile(
    r"\b(?:she|he|they|her|him|hers|his|them|ella?e?|il|sie|er|xe|ze|zij|hij)"
    r"(?:\s?/\s?(?:she|he|they|her|him|hers|his|them|theirs|ella?e?s?|lui|ihr|ihm|hir|any|haar|hem)){1,2}\b",
    re.IGNORECASE,
)
_BIRTH_NAME = re.compile(
    r"(?:(?<=\s)|[(,]\s*)(?:née?|nee|geb\.|geborene?|z domu|rozená|roz\.|урожд\.|урожденная)"
    r"\s+([^\s(),]+)\)?",
    re.IGNORECASE,
)
_ORDERS = re.compile(r"\b(?:do not (?:use|call|contact|email|text)|dnc|dnu)\b", re.IGNORECASE)
_VAN_DER = re.compile(r"\bv\.?/?d\. ?(?=[^\W\d_]{2})", re.IGNORECASE)
_MARIA = re.compile(r"\bM\.?ª", re.IGNORECASE)
ADDRESSED = re.compile(r"(?<=\S)\s?(?:先生|女士|小姐|太太|さん|さま|様|くん|ちゃん|님|선생님|씨)$")


def compatible(text: str) -> str:
    """Letters for what only looks otherwise: 𝓐, full-width letters, ligatures, half-width kana."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _MARIA.sub("María", text))


def no_name(text: str) -> str | None:
    """Why a cleaned text is no name, or None."""
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
    return "placeholder" if _is_placeholder(text) else None


def _is_placeholder(text: str) -> bool:
    folded = fold(text)
    if folded in vocabulary.no_names() or vocabulary.no_name_pattern().fullmatch(text):
        return True
    if _CODE.fullmatch(text) and 2 * sum(map(str.isdigit, text)) >= len(text):
        return True
    return _all_in(folded.split(), vocabulary.no_names()) or _all_in(
        text.casefold().split(), vocabulary.no_names_as_written()
    )


def _all_in(tokens: list[str], known: frozenset[str]) -> bool:
    """Whether the tokens are words known or numbers, one of them such a word."""
    words = [token for token in tokens if not any(map(str.isdigit, token))]
    return bool(words) and known.issuperset(words)


def nobody(text: str) -> str | None:
    """Why what is left of a text is no person's name: a company, a desk, a title alone."""
    words = fold(text).split()
    roles, beside = vocabulary.roles(), vocabulary.beside_roles()
    if not roles.isdisjoint(words) and (roles | beside).issuperset(words):
        return "a role"
    if len(words) > 1 and words[-1] in vocabulary.company_ends():
        return "a company"
    titles = vocabulary.sure_prefixes() | vocabulary.tails()
    return "placeholder" if words and titles.issuperset(words) else None


def take_birth_name(text: str) -> tuple[str, str]:
    """The name without `née Jones`, and the name at birth."""
    found = _BIRTH_NAME.search(text)
    if not found or not text[: found.start()].strip():
        return text, ""
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), found[1]


def take_nickname(text: str) -> tuple[str, str]:
    """The name without its nickname in quotes (or in brackets between two words), and that nickname."""
    found = _NICKNAME.search(text)
    if found and found.span() != (0, len(text)):
        nickname = (found[1] or found[2]).strip(" .,")
        return f"{text[: found.start()]} {text[found.end() :]}".strip(), nickname
    found = _BRACKETED.search(text)
    between = found and text[: found.start()].strip() and text[found.end() :].strip(" ,")
    if found and between and LETTER.search(found[1]) and fold(found[1]) not in vocabulary.tails():
        return f"{text[: found.start()]} {text[found.end() :]}", found[1].strip()
    return text, ""


def spelled_out(text: str) -> str:
    """Initials apart, `John.Smith` and `v.d. Berg` as they are meant; no pronouns, no orders."""
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1] or quoted[2]
    text = _HONORARY.sub("", _ORDERS.sub(" ", _PRONOUNS.sub("", text).rstrip(" ,")))
    if " " not in text:
        text = _DOTTED.sub(" ", text)
    return _INITIALS.sub(" ", _VAN_DER.sub("vd ", text)).strip()


def undecorated(text: str) -> str:
    """Without brackets, quotes, emoji and other decoration."""
    text = _BRACKETED.sub(lambda found: " " if text[: found.start()].strip() else f" {found[1]} ", text)
    if not text.isascii():
        text = "".join(char if _belongs(char) else " " for char in text)
    return " ".join(re.sub(r'["“”„«»‟*_#=<>^~!?;{}\[\]()%$€£+\\]+', " ", text).split())


def _belongs(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMNZP" or char in "·`´&"


def without_tail(text: str) -> str:
    """Without what says where somebody belongs: `Ann - Acme`, `Ann | work`, `Ann mobile`, `VIP Ann Smith`."""
    pieces = [piece for piece in _TAIL.split(text) if LETTER.search(piece)]
    if len(pieces) > 1:
        text = next((piece for piece in pieces if not (no_name(piece) or nobody(piece))), pieces[0])
    words = ADDRESSED.sub("", text).split()
    while len(words) > 2 and fold(words[0]) in vocabulary.heads():
        words.pop(0)
    while len(words) > 1 and fold(words[-1]) in vocabulary.tails():
        words.pop()
    return " ".join(words).strip(" -–—.:/&") if words else text


def unglued(text: str) -> str:
    """`AnnSmith` as `Ann Smith`, but MacDonald and DeLuca as they are."""
    found = GLUED.fullmatch(text)
    return f"{found[1]} {found[2]}" if found and found[1].lower() not in _GLUE else text


def cleaned(text: str) -> str:
    return clean(compatible(text))

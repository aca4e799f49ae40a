"""Dates of birth, partial ones too: whatever of year, month and day is told.

`ambiguous`: day and month might be swapped (both are 12 or less, they differ, and neither the form nor the
source's setting tells the order); the day is then taken to stand first, but of two numbers with a slash or
a hyphen alone (Mailchimp's and Square's birthdays without a year) the month. A date of zeros, as Outlook and
databases write for none, is silence; the years that stand for none (1604, of Apple and Outlook, and 0000) are
left out.

`century_guessed`: the year was told by two digits, and is the latest that is not after `REFERENCE_YEAR`.
`out_of_range`: nobody alive is born in that year: a slip, or somebody of an archive. It is kept.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from dedupe.normalizers.settings import DateOrder
from dedupe.normalizers.text import clean, fold

FIRST_YEAR = 1880  # chosen: nobody older is alive
REFERENCE_YEAR = 2026  # nobody is born after the year of this code, which is the same every day
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[./\s年]+(\d{1,2})[./\s月]+(\d{1,2})[.日]?(?:\s.*)?")
_NUMERIC = re.compile(r"(\d{1,2})[-./\s]+(\d{1,2})[-./\s]+(\d{4}|\d{2})(?:\s.*)?")
_TWO = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\.?")
_ZEROS = re.compile(r"[0\s]+(?:[-./][0\s]+){2}(?:[T ][0:.Z]*)?")
_MONTH_DAY = re.compile(r"--(\d{1,2})-(\d{1,2})")
_YEAR = re.compile(r"(\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_WORDS = re.compile(
    r"(?:(?P<day>\d{1,2}) )?(?P<month>[a-z]{3,12})(?: (?P<later_day>\d{1,2}))?(?: (?P<year>\d{4}))?"
)
_WORDS_YEAR_FIRST = re.compile(r"(?P<year>\d{4}) (?P<month>[a-z]{3,12}) (?P<day>\d{1,2})")
_WORDS_SHORT_YEAR = (
    re.compile(r"(?P<day>\d{1,2}) (?P<month>[a-z]{3,12}) (?P<short_year>\d{2})"),
    re.compile(r"(?P<month>[a-z]{3,12}) (?P<day>\d{1,2}) (?P<short_year>\d{2})"),
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_DIGITS_AT_LETTERS = re.compile(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)")
_MONTHS = [
    "january jan januar janvier janv enero ene janeiro gennaio gen januari stycznia styczen ocak yanvarya",
    "february feb februar fevrier fevr fev febrero fevereiro febbraio februari luty lutego subat fevralya",
    "march mar marz maerz mars marzo marco maart marzec marca mart marta mrz",
    "april apr avril avr abril abr aprile kwiecien kwietnia nisan aprelya",
    "may mai mayo maio maggio mei maj maja mayis maya mag",
    "june jun juni juin junio junho giugno czerwiec czerwca haziran iyunya giu",
    "july jul juli juillet juil julio julho luglio lipiec lipca temmuz iyulya lug",
    "august aug aout agosto ago augustus sierpien sierpnia agustos avgusta",
    "september sep sept septembre septiembre setembro set settembre wrzesien wrzesnia eylul sentyabrya",
    "october oct oktober okt octobre octubre outubro out ottobre ott pazdziernik pazdziernika ekim oktyabrya",
    "november nov novembre noviembre novembro listopad listopada kasim noyabrya",
    "december dec dezember dez decembre diciembre dic dezembro dicembre grudzien grudnia aralik dekabrya",
]
_NO_YEARS = frozenset({0, 1604})
_FIRST_OF_COUNTING = 1  # databases' smallest date, for none
_MONTH_NUMBERS = {word: number for number, text in enumerate(_MONTHS, 1) for word in text.split()}


class Birth(NamedTuple):
    """A date of birth; where it is none, `reason` is set and the rest null."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    ambiguous: bool = False
    century_guessed: bool = False
    out_of_range: bool = False
    reason: str | None = None


_NO_DATE = Birth(reason="not a date")


@lru_cache(maxsize=65536)
def parse_birth(text: str, order: DateOrder | None) -> Birth:
    """Parse a date as people write it; `order` is the order of day and month in the source's numbers."""
    text = clean(text[:80])
    if _ZEROS.fullmatch(text):
        return Birth()
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        return _checked(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(text):
        return _numeric(int(found[1]), int(found[2]), found[3], order)
    if found := _TWO.fullmatch(text):
        return _without_year(int(found[1]), found[2], int(found[3]), order)
    if found := _MONTH_DAY.fullmatch(text):
        return _checked(None, int(found[1]), int(found[2]))
    if found := _YEAR.fullmatch(text):
        return _checked(int(found[1]), None, None)
    if found := _YEAR_MONTH.fullmatch(text):
        return _checked(int(found[1] or found[4]), int(found[2] or found[3]), None)
    return _in_words(_spoken(text))


def _in_words(text: str) -> Birth:
    """A date whose month is a word: `3 marz 1980`, `mar 15 92`, `1980 mar 3`, `mar 1980`, `3 mar`."""
    forms = (*_WORDS_SHORT_YEAR, _WORDS, _WORDS_YEAR_FIRST)
    found = next((match.groupdict() for form in forms if (match := form.fullmatch(text))), {})
    month = _MONTH_NUMBERS.get(found.get("month", ""))
    day = found.get("day") or found.get("later_day")
    year, short_year = found.get("year"), found.get("short_year")
    if month is None or not (year or day):
        return _NO_DATE
    if short_year:
        return _guessed(_checked(_century(int(short_year)), month, int(day or 0)))
    return _checked(int(year) if year else None, month, int(day) if day else None)


def _spoken(text: str) -> str:
    """`3. März 1980`, `3 de marzo de 1980`, `3MARZ1980` as `3 marz 1980`."""
    apart = _DIGITS_AT_LETTERS.sub(" ", _ORDINAL.sub("", fold(text)))
    return " ".join(word for word in apart.split() if word not in {"de", "del", "of", "g", "goda"})


def _numeric(first: int, second: int, year: str, order: DateOrder | None) -> Birth:
    if order == "ymd" and len(year) == 2:
        return _guessed(_checked(_century(first), second, int(year)))
    if len(year) == 2:
        return _guessed(_in_order(first, second, _century(int(year)), order))
    return _in_order(first, second, int(year), order)


def _in_order(first: int, second: int, year: int, order: DateOrder | None) -> Birth:
    if (order == "mdy" and first <= 12) or second > 12:
        return _checked(year, first, second)
    birth = _checked(year, second, first)
    unclear = order not in {"dmy", "mdy"} and first <= 12 and first != second
    return birth._replace(ambiguous=unclear and birth.reason is None)


def _without_year(first: int, sign: str, second: int, order: DateOrder | None) -> Birth:
    day_first = first > 12 or (second <= 12 and (order == "dmy" or (order is None and sign == ".")))
    day, month = (first, second) if day_first else (second, first)
    birth = _checked(None, month, day)
    unclear = order is None and sign != "." and max(first, second) <= 12 and first != second
    return birth._replace(ambiguous=unclear and birth.reason is None)


def _century(year: int) -> int:
    """The full year of two digits: the latest that is not after the reference year."""
    return REFERENCE_YEAR - (REFERENCE_YEAR - year) % 100


def _guessed(birth: Birth) -> Birth:
    return birth._replace(century_guessed=birth.reason is None)


def _checked(year: int | None, month: int | None, day: int | None) -> Birth:
    year = None if year in _NO_YEARS else year
    if year == _FIRST_OF_COUNTING:
        return Birth(reason="no year of birth")
    if month == 0 or day == 0:
        return Birth(reason="no such day")
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return Birth(reason="no such day")
    out_of_range = year is not None and not FIRST_YEAR <= year <= REFERENCE_YEAR
    return Birth(year, month, day, out_of_range=out_of_range)


def date_order(texts: Iterable[str]) -> DateOrder | None:
    """The order of day and month in a file; None if its values don't show it or contradict each other."""
    cleaned = [clean(text[:80]) for text in texts]
    pairs = [(int(found[1]), int(found[2])) for text in cleaned if (found := _NUMERIC.fullmatch(text))]
    pairs += [(int(found[1]), int(found[3])) for text in cleaned if (found := _TWO.fullmatch(text))]
    day_first = any(first > 12 >= second for first, second in pairs)
    month_first = any(second > 12 >= first for first, second in pairs)
    if day_first == month_first:
        return None
    return "dmy" if day_first else "mdy"

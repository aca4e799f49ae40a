"""What a person types of somebody, as the contacts that it may mean: `Jon Smyth, jsmith@acm.com`."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe.errors import InputError
from dedupe.model import GivenContact, GivenValue

_LETTERS_OF_A_NUMBER = 3  # an extension's, as in x 12 or ext. 12
_PARTS_OF_A_NAME = 2  # `Smyth, Jon` (chosen)


def readings(text: str) -> list[GivenContact]:
    """The parts between commas: one with an @ is an email, one mostly of digits a phone. The rest is a name,
    as in `Smyth, Jon`, or a name and a place or a company behind it, as in `Jon Smyth, Tucson`: each of these
    is a reading.

    Raises InputError where nothing is left to look for.
    """
    emails: list[GivenValue] = []
    phones: list[GivenValue] = []
    rest: list[str] = []
    for part in filter(None, map(str.strip, text.replace(";", ",").replace("\n", ",").split(","))):
        if "@" in part:
            emails.append({"given": part})
        elif _is_number(part):
            phones.append({"given": part})
        else:
            rest.append(part)
    if not (emails or phones or rest):
        raise InputError("say who: a name, an email, a phone number, with commas between them")
    made: GivenContact = {"emails": emails, "phones": phones}
    return [made | one for one in _of_words(rest)] if rest else [made]


def _of_words(rest: list[str]) -> Iterator[GivenContact]:
    yield {"names": [{"full": ", ".join(rest)}]}
    for count in range(1, min(len(rest), _PARTS_OF_A_NAME + 1)):
        name, behind = ", ".join(rest[:count]), rest[count:]
        yield {"names": [{"full": name}], "city": behind[0]}
        yield {"names": [{"full": name}], "company": ", ".join(behind)}
        yield {"names": [{"full": name}], "country": behind[-1]}


def _is_number(part: str) -> bool:
    digits, letters = sum(map(str.isdigit, part)), sum(map(str.isalpha, part))
    return digits >= 3 and letters <= _LETTERS_OF_A_NUMBER

"""What a person types of somebody, as a contact: `Jon Smyth, jsmith@acm.com`."""

from __future__ import annotations

from dedupe.errors import InputError
from dedupe.model import GivenContact, GivenValue

_LETTERS_OF_A_NUMBER = 3  # an extension's, as in x 12 or ext. 12


def described(text: str) -> GivenContact:
    """The parts between commas: one with an @ is an email, one mostly of digits a phone, the rest the name.

    `Smyth, Jon` is read as a name is anywhere. Raises InputError where nothing is left to look for.
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
    if rest:
        made["names"] = [{"full": ", ".join(rest)}]
    return made


def _is_number(part: str) -> bool:
    digits, letters = sum(map(str.isdigit, part)), sum(map(str.isalpha, part))
    return digits >= 3 and letters <= _LETTERS_OF_A_NUMBER

"""A person's name in one provider's record."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from dedupe.simulators.population.data import companies as firms
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import HABITS, ProviderRecord
from dedupe.simulators.population.world import plain

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


class NameWriter:
    """Draws how one provider's record spells a person's name."""

    def __init__(
        self, person: TruePerson, provider: str, shares: Proportions, rng: Random, when: float
    ) -> None:
        """`when` is the contact's creation time, as a share of the years before the first night."""
        self.person, self.provider, self.shares = person, provider, shares
        self.habits = HABITS[provider]
        self.draw = rng.random
        self.former = person.former_family is not None and when < person.renamed_at

    def write(self, record: ProviderRecord) -> None:
        draw, shares = self.draw, self.shares
        whole = draw()
        if whole < shares.no_name:
            return
        if whole < shares.no_name + shares.placeholder_name:
            record.full = firms.BY_NAMES[int(draw() * len(firms.BY_NAMES))]
            return
        given, family, own_script = self._spelled()
        if draw() < shares.letter_case:
            given, family = (
                (given.upper(), family.upper()) if draw() < 0.4 else (given.lower(), family.lower())
            )
        if draw() < shares.first_only * self.habits.person_typed:
            family = ""
        record.given, record.family = given or None, family or None
        record.full = self._together(given, family, own_script)
        if draw() < shares.parts_disagree:
            record.full, record.given = given or record.full, None

    def _spelled(self) -> tuple[str, str, bool]:
        """The given and family name as spelled here, and whether in the person's own script."""
        draw, shares, person = self.draw, self.shares, self.person
        family_name = person.former_family if self.former and person.former_family else person.family
        own_script = person.given.native != person.given.latin[0] and draw() < shares.own_script
        if own_script:
            given, family = person.given.native, family_name.native
        else:
            given = self._one_spelling(person.given.latin)
            family = self._one_spelling(family_name.latin)
        if draw() < shares.nickname * self.habits.person_typed:
            given = self._nickname(given, own_script)
        elif draw() < shares.initial:
            given = given[:1] + ("." if draw() < 0.7 else "")
        elif draw() < shares.middle_name and not own_script:
            middle = person.middle.latin[0]
            given = f"{given} {middle if draw() < 0.4 else middle[0] + '.'}"
        if person.culture.two_families and draw() < shares.one_of_two_families:
            family = family.rsplit(" ", 1)[0]
        if person.suffix and draw() < 0.35:
            family = f"{family} {person.suffix}"
        if draw() < shares.name_typo:
            given, family = (
                (with_typo(given, draw), family) if draw() < 0.5 else (given, with_typo(family, draw))
            )
        return self._marks(given), self._marks(family), own_script

    def _one_spelling(self, spellings: tuple[str, ...]) -> str:
        if len(spellings) > 1 and self.draw() < self.shares.other_spelling:
            return spellings[1 + int(self.draw() * (len(spellings) - 1))]
        return spellings[0]

    def _nickname(self, given: str, own_script: bool) -> str:
        nicknames = [
            name for name in self.person.given.nicknames if own_script == (not plain(name).isascii())
        ]
        if not nicknames or (own_script and self.person.given.native.isascii()):
            return given
        return nicknames[int(self.draw() ** 1.5 * len(nicknames))]

    def _marks(self, name: str) -> str:
        if name.isascii() or self.draw() >= self.shares.no_diacritics:
            return name
        return plain(name.translate(_UMLAUTS)) if self.draw() < 0.5 else plain(name)

    def _together(self, given: str, family: str, own_script: bool) -> str | None:
        draw, shares, typed = self.draw, self.shares, self.habits.person_typed
        if draw() < shares.swapped:
            return f"{family}, {given}" if family and draw() < 0.6 else f"{family} {given}".strip()
        first_last = not (self.person.culture.family_first and (own_script or draw() < 0.5))
        space = "" if own_script and self.person.culture.name == "chinese" else " "
        name = f"{given}{space}{family}".strip() if first_last else f"{family}{space}{given}".strip()
        special = draw()
        if special < shares.emoji_name * typed:
            emoji = firms.EMOJI[int(draw() * len(firms.EMOJI))]
            return emoji if draw() < 0.15 else f"{name} {emoji}" if draw() < 0.7 else f"{emoji}{name}{emoji}"
        if special < (shares.emoji_name + shares.phone_for_name) * typed:
            return self.person.mobile.e164
        if special > 0.985:
            return f"{name} ({self.person.company.name})" if self.person.company else f"  {name} "
        return name


def with_typo(text: str, draw: Callable[[], float]) -> str:
    """One letter left out, added, changed, or two swapped."""
    place = int(draw() * len(text))
    kind, letter = draw(), _ALPHABET[int(draw() * 26)]
    if kind < 0.3:
        return text[:place] + text[place + 1 :]
    if kind < 0.55:
        return text[:place] + letter + text[place:]
    if kind < 0.75:
        return text[:place] + letter + text[place + 1 :]
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]

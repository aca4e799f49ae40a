"""One contact as a provider holds it: a person's truth, seen through a messy record.

`Messy` draws names, addresses and numbers as they come to stand in a provider's data; `shapes.py` turns the
result into each provider's JSON, `writing.py` into a row of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from dedupe.simulators.data import companies as firms
from dedupe.simulators.data.phones import PLANS
from dedupe.simulators.data.places import COUNTRIES
from dedupe.simulators.people import Home, Line, Person, plain
from dedupe.simulators.proportions import Proportions

START = 1_546_300_800  # 2019-01-01 UTC
FIRST_NIGHT = 1_767_225_600  # 2026-01-01 UTC: everything stood there by then
DAY = 86_400


@dataclass(slots=True)
class Held:
    """What stands in one provider's record of a person. Absent values are None or empty."""

    provider: str
    external_id: str
    truth: str
    salt: int  # 64 random bits for what doesn't matter: pictures, inboxes, tags
    created: int  # Unix seconds
    updated: int  # Unix microseconds
    full: str | None = None
    given: str | None = None
    family: str | None = None
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    line: str | None = None  # E.164, carried by the channel itself
    company: str | None = None
    title: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    country_code: str | None = None
    zone: str | None = None
    language: str | None = None
    birth: tuple[int, int, int] | None = None
    identifier: str | None = None
    blocked: bool = False
    kind: str = "user"  # openmrp: user, api_key, agent, group


@dataclass(frozen=True)
class Habits:
    """How a provider's records usually look: shares of its contacts."""

    home: str  # the region its numbers without a country code belong to
    email: float
    phone: float
    work: float  # the work mailbox rather than the personal one
    place: float
    street: float
    birth: float
    company: float
    identifier: float
    person_typed: float  # names that the people gave themselves: nicknames, emoji, first names only


HABITS = {
    "digital99": Habits("IL", 0.32, 0.93, 0.2, 0.35, 0.0, 0.04, 0.12, 0.25, 1.6),
    "livedesk": Habits("GB", 0.86, 0.45, 0.3, 0.4, 0.0, 0.03, 0.25, 0.4, 1.0),
    "whippy": Habits("US", 0.5, 0.96, 0.15, 0.5, 0.4, 0.3, 0.0, 0.35, 0.9),
    "askelephant": Habits("US", 0.94, 0.5, 0.75, 0.0, 0.0, 0.0, 0.7, 0.5, 0.5),
    "openmrp": Habits("US", 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2),
}
"""`home` is the `default_region` that a source of this provider should be configured with."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


class Messy:
    """Draws how one person stands with one provider."""

    def __init__(self, person: Person, provider: str, shares: Proportions, rng: Random, when: float) -> None:
        """`when` is the moment the contact was made, as a share of the years before the first night."""
        self.person, self.provider, self.shares, self.rng = person, provider, shares, rng
        self.habits = HABITS[provider]
        self.draw = rng.random
        self.former = person.former_family is not None and when < person.renamed_at

    def fill(self, held: Held) -> Held:
        self.names(held)
        self.reach(held)
        self.background(held)
        return held

    # names

    def names(self, held: Held) -> None:
        draw, shares = self.draw, self.shares
        whole = draw()
        if whole < shares.no_name:
            return
        if whole < shares.no_name + shares.placeholder_name:
            held.full = firms.BY_NAMES[int(draw() * len(firms.BY_NAMES))]
            return
        given, family, own_script = self._spelled()
        if draw() < shares.letter_case:
            given, family = (
                (given.upper(), family.upper()) if draw() < 0.4 else (given.lower(), family.lower())
            )
        if draw() < shares.first_only * self.habits.person_typed:
            family = ""
        held.given, held.family = given or None, family or None
        held.full = self._together(given, family, own_script)

    def _spelled(self) -> tuple[str, str, bool]:
        """The given and family name as written here, and whether in the person's own script."""
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
            given, family = (self._typo(given), family) if draw() < 0.5 else (given, self._typo(family))
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

    def _typo(self, text: str) -> str:
        draw, place = self.draw, int(self.draw() * len(text))
        kind, letter = draw(), _ALPHABET[int(draw() * 26)]
        if kind < 0.3:
            return text[:place] + text[place + 1 :]
        if kind < 0.55:
            return text[:place] + letter + text[place:]
        if kind < 0.75:
            return text[:place] + letter + text[place + 1 :]
        return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]

    # email and phone

    def reach(self, held: Held) -> None:
        draw, habits = self.draw, self.habits
        if draw() < habits.email:
            held.emails = self._emails()
        if draw() < habits.phone or not held.emails:
            self._phones(held)

    def _emails(self) -> list[str]:
        draw, shares, person = self.draw, self.shares, self.person
        work = draw() < self.habits.work
        if person.company and draw() < shares.role_mailbox:
            role = firms.ROLES[int(draw() ** 2 * len(firms.ROLES))]
            return [f"{role}@{person.company.domain}"]
        if work and person.work_email:
            own = [person.work_email, *person.emails]
        else:
            own = [*person.emails, *([person.work_email] if person.work_email else [])]
            if len(own) > 1 and draw() < 0.2:
                own.reverse()
        count = 2 if draw() < shares.two_values else 1
        return [self._written_email(address) for address in own[:count]]

    def _written_email(self, address: str) -> str:
        draw, shares = self.draw, self.shares
        local, domain = address.split("@")
        if domain == "gmail.com" and draw() < shares.gmail_dots:
            place = 1 + int(draw() * (len(local) - 1))
            local = local.replace(".", "") if "." in local else f"{local[:place]}.{local[place:]}"
            domain = "googlemail.com" if draw() < 0.15 else domain
        if draw() < shares.plus_tag:
            local += ("+news", "+shop", "+work", "+1")[int(draw() * 4)]
        if draw() < shares.email_typo:
            typo = draw()
            local, domain = (self._typo(local) or local, domain) if typo < 0.5 else (local, domain[:-1])
        if draw() < shares.upper_email:
            return f"{local.title()}@{domain}" if draw() < 0.5 else f"{local}@{domain}".upper()
        return f"{local}@{domain}"

    def _phones(self, held: Held) -> None:
        draw, person = self.draw, self.person
        lines = [person.mobile, *person.other_mobiles]
        kind = draw()
        if person.company and kind < self.shares.switchboard:
            lines = [person.company.switchboard]
        elif kind > 0.92:
            lines = [person.landline, person.mobile]
        elif kind > 0.84 and len(lines) > 1:
            lines.reverse()
        via_channel = self.provider in ("digital99", "whippy") and not lines[0].fixed and draw() < 0.75
        held.line = lines[0].e164 if via_channel else None
        count = 2 if draw() < self.shares.two_values else 1
        held.phones = [self._written_phone(line, via_channel) for line in lines[:count]]

    def _written_phone(self, line: Line, via_channel: bool) -> str:
        draw, shares, plan = self.draw, self.shares, PLANS[line.country]
        if draw() < shares.phone_typo:
            place = int(draw() * len(line.national))
            national = line.national[:place] + str(int(draw() * 10)) + line.national[place + 1 :]
            line = Line(line.country, national, line.fixed)
        if via_channel or self.provider == "whippy":
            return line.e164
        if draw() < shares.mangled_phone:
            return (
                f"{float(plan.code + line.national):.5E}",
                f"{line.national[:4]}XXXX",
                "0000000000",
                "call office",
            )[int(draw() * 4)]
        at_home = line.country == self.habits.home
        if draw() < (shares.national_phone if at_home else shares.national_abroad):
            written = self._national(line)
        else:
            written = self._international(line)
        if line.fixed and self.person.company and line is self.person.company.switchboard and draw() < 0.5:
            written += f"{(' ext. ', ' x', ' ext ')[int(draw() * 3)]}{10 + self.person.number % 90}"
        return (
            written.translate(_ARABIC_DIGITS)
            if self.person.culture.name == "arabic" and draw() < 0.02
            else written
        )

    def _groups(self, line: Line) -> list[str]:
        plan = PLANS[line.country]
        sizes, rest, groups = plan.fixed_groups if line.fixed else plan.groups, line.national, []
        for size in sizes[:-1]:
            groups.append(rest[:size])
            rest = rest[size:]
        return [*groups, rest]

    def _national(self, line: Line) -> str:
        plan, groups = PLANS[line.country], self._groups(line)
        style = plan.styles[int(self.draw() * len(plan.styles))]
        needed = style.count("{") - style.count("{t}")
        while len(groups) < needed:
            groups.append("")
        groups[needed - 1 :] = ["".join(groups[needed - 1 :])]
        return style.format(*groups, t=plan.trunk).strip(" -.")

    def _international(self, line: Line) -> str:
        plan, kind = PLANS[line.country], self.draw()
        if kind < 0.45:
            return line.e164
        spaced = " ".join(self._groups(line))
        if kind < 0.7:
            return f"+{plan.code} {spaced}"
        if kind < 0.8:
            return f"+{plan.code}-{spaced.replace(' ', '-')}"
        if kind < 0.88:
            return f"00{plan.code}{line.national}"
        if kind < 0.94 and plan.trunk == "0":
            return f"+{plan.code} (0){spaced}"
        return f"{plan.code}{line.national}"

    # the rest

    def background(self, held: Held) -> None:
        draw, habits, person = self.draw, self.habits, self.person
        land = COUNTRIES[person.country]
        if draw() < habits.place:
            self._place(held, person.former_home if draw() < self.shares.old_address else person.home)
        if draw() < self.shares.country_given * habits.place * 2:
            held.country = land.names[int(draw() ** 2 * len(land.names))]
            held.country_code = person.country
        if draw() < habits.birth:
            year, month, day = person.birth
            swap = day <= 12 and draw() < self.shares.birth_swapped
            held.birth = (year, day, month) if swap else person.birth
        if person.company and draw() < habits.company:
            held.company = self._company_name(person)
            held.title = person.title
        if draw() < habits.identifier:
            held.identifier = person.customer_number or None
        held.language, held.zone = land.language, land.zone
        held.blocked = draw() < self.shares.blocked

    def _place(self, held: Held, home: Home) -> None:
        draw = self.draw
        other = len(home.city) > 1 and draw() < self.shares.other_city_spelling
        held.city = home.city[1 + int(draw() * (len(home.city) - 1))] if other else home.city[0]
        held.region, held.postcode = home.region or None, home.postcode or None
        if draw() < self.habits.street:
            held.street = home.street if draw() < 0.8 else _shortened(home.street)

    def _company_name(self, person: Person) -> str | None:
        if not person.company:
            return None
        forms = firms.FORMS[person.company.country]
        kind, name = self.draw(), person.company.name
        if kind < 0.5:
            return name
        return f"{name} {forms[int(self.draw() * len(forms))]}" if kind < 0.9 else name.upper()


_SHORT = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr.",
    "Boulevard": "Blvd",
    "Lane": "Ln",
    "straße": "str.",
    "Calle": "C/",
    "Avenida": "Av.",
    "avenue": "av.",
    "Rua": "R.",
}


def _shortened(street: str) -> str:
    for long, short in _SHORT.items():
        if long in street:
            return street.replace(long, short)
    return street.upper()

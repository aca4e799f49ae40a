"""The true people, twelve neighbours at a time: a pure function of seed and block number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from dedupe.simulators.population.data import companies as firms
from dedupe.simulators.population.data.cultures import LIVE_IN, Culture, Family, Given, hers
from dedupe.simulators.population.data.places import COUNTRIES
from dedupe.simulators.population.seeded_random import seed_of
from dedupe.simulators.population.world import BLOCK, Company, PhoneLine, World, area_of, fixed_line, slug

_BIRTHDAYS = 365 * 62
_FIRST_BIRTHDAY = date(1942, 1, 1).toordinal()


@dataclass(slots=True)
class Home:
    city: tuple[str, ...]  # the name and other spellings of it
    region: str
    postcode: str
    street: str


@dataclass(slots=True)
class TruePerson:
    number: int
    country: str
    culture: Culture
    female: bool
    given: Given
    middle: Given
    family: Family
    home: Home
    former_home: Home
    birth: tuple[int, int, int]
    mobile: PhoneLine
    landline: PhoneLine
    former_family: Family | None = None
    suffix: str = ""
    other_mobiles: list[PhoneLine] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    work_email: str = ""
    company: Company | None = None
    title: str = ""
    customer_number: str = ""
    house: Family | None = None  # the family name as a man would bear it
    renamed_at: float = 0.0  # when, as a share of the years before the first night

    @property
    def truth(self) -> str:
        return f"p{self.number:07d}"


class Neighbourhood:
    """Draws the twelve people of one block, household by household."""

    def __init__(self, world: World, block: int) -> None:
        self.world, self.block, self.shares = world, block, world.proportions
        self.rng = Random(seed_of(world.seed, "block", block))
        self.draw = self.rng.random
        self.country = world.countries[int(self.draw() * 400)]
        self.city = self._some_city()
        self.people: list[TruePerson] = []
        self.local = world.company(48 + block, self.country, area_of(self.country, self.city), self.rng)

    def settle(self) -> list[TruePerson]:
        while len(self.people) < BLOCK:
            self._household(BLOCK - len(self.people))
        self._hard_cases()
        for person in self.people:
            self._address_book(person)
        return self.people

    def _household(self, room: int) -> None:
        kind = self.draw()
        first = self._person(female=self.draw() < 0.5)
        if kind < self.shares.couples and room >= 2:
            self._spouse(first)
        elif kind < self.shares.couples + self.shares.families and room >= 3:
            self._spouse(first)
            self._child(self.people[-2], self.people[-1])

    def _person(self, *, female: bool, like: TruePerson | None = None) -> TruePerson:
        draw, number = self.draw, self.block * BLOCK + len(self.people)
        country = like.country if like else self.country if draw() < 0.9 else self._some_country()
        cultures = LIVE_IN[country]
        culture = like.culture if like else cultures[int(draw() * len(cultures))]
        names = culture.female if female else culture.male
        birthday = date.fromordinal(_FIRST_BIRTHDAY + int(draw() * _BIRTHDAYS))
        family = like.house if like and like.house and draw() < 0.75 else self._family(culture)
        city = self.city if country == self.country and draw() < 0.8 else self._some_city(country)
        person = TruePerson(
            number,
            country,
            culture,
            female,
            names[int(draw() * 4096) % len(names)],
            names[int(draw() * 4096) % len(names)],
            hers(culture, family) if female else family,
            like.home if like else self._home(country, city),
            like.former_home if like else self._home(country, self._some_city(country)),
            (birthday.year, birthday.month, birthday.day),
            self.world.mobile(country, 4 * number),
            like.landline if like else fixed_line(country, area_of(country, city), self.rng),
        )
        person.house = family
        self.people.append(person)
        return person

    def _spouse(self, first: TruePerson) -> None:
        second = self._person(female=not first.female, like=first)
        second.birth = (first.birth[0] + int(self.draw() * 9) - 4, *second.birth[1:])
        if self.draw() < self.shares.shared_line:
            second.mobile = first.mobile
        if self.draw() < self.shares.shared_mailbox:
            family = slug(first.family.latin[0])
            number = self.world.mailboxes(4 * first.number + 3)
            first.emails = [f"the{family}s{number}@{self._free_mail(first)}"]
            second.emails = list(first.emails)

    def _child(self, one: TruePerson, other: TruePerson) -> None:
        for parent in (one, other):
            if parent.birth[0] > 1975:  # too young for a grown child
                parent.birth = (parent.birth[0] - 32, *parent.birth[1:])
        father = other if one.female else one
        child = self._person(female=self.draw() < 0.5, like=father)
        child.birth = (father.birth[0] + 21 + int(self.draw() * 10), *child.birth[1:])
        if self.draw() < self.shares.father_and_son:
            child.female = False
            child.given, child.middle, child.family = father.given, father.middle, father.family
            father.suffix, child.suffix = "Sr.", "Jr."

    def _hard_cases(self) -> None:
        """Make different people look alike: one name twice in a city, a phone number passed on to another
        person."""
        draw, people = self.draw, self.people
        for place, person in enumerate(people):
            other = people[(place + 3) % BLOCK]
            if draw() < self.shares.namesake_in_city and other.country == person.country and not other.suffix:
                other.given, other.family, other.culture = person.given, person.family, person.culture
                other.female = person.female
                other.home = Home(
                    person.home.city, person.home.region, person.home.postcode, other.home.street
                )
            if draw() < self.shares.recycled_number and other.country == person.country:
                person.other_mobiles.append(other.mobile)
            if person.female and draw() < self.shares.changed_surname:
                person.former_family = hers(person.culture, self._family(person.culture))
                person.renamed_at = draw()

    def _address_book(self, person: TruePerson) -> None:
        draw, shares, world = self.draw, self.shares, self.world
        if draw() < shares.second_mobile:
            person.other_mobiles.append(world.mobile(person.country, 4 * person.number + 1))
        if draw() < shares.customer_number:
            person.customer_number = f"C-{10_000 + world.customers(person.number)}"
        if not person.emails:
            person.emails.append(self._mailbox(person, 0))
        if draw() < shares.second_email:
            person.emails.append(self._mailbox(person, 1))
        if draw() < shares.employed:
            self._job(person)

    def _mailbox(self, person: TruePerson, place: int) -> str:
        draw = self.draw
        given = slug(person.given.latin[0])
        family = slug((person.former_family or person.family).latin[0])
        number = self.world.mailboxes(4 * person.number + place)
        kind = draw()
        if kind < self.shares.plain_mailbox:
            word = slug(person.given.nicknames[0]) if person.given.nicknames else ""
            handle = firms.HANDLES[int(draw() * len(firms.HANDLES))]
            local = f"{word or handle}{family[:3] if draw() < 0.5 else ''}{number}"
        elif kind < 0.6:
            local = f"{given}.{family}{number}"
        elif kind < 0.8:
            local = f"{given[:1]}{family}{number}"
        else:
            local = f"{given}{family}{number}" if draw() < 0.5 else f"{family}.{given}{number}"
        return f"{local}@{self._free_mail(person)}"

    def _free_mail(self, person: TruePerson) -> str:
        own = COUNTRIES[person.country].free_mail
        choice = firms.WORLD_MAIL if self.draw() < 0.72 else own
        return choice[int(self.draw() * len(choice))]

    def _job(self, person: TruePerson) -> None:
        draw = self.draw
        given, family = slug(person.given.latin[0]), slug(person.family.latin[0])
        person.title = firms.TITLES[int(draw() * len(firms.TITLES))]
        if draw() < self.shares.at_local_company and person.country == self.country:
            person.company = self.local
            local = f"{given}.{family}" if self.block % 2 else f"{given[:1]}{family}"
        else:
            rank = int(draw() ** 2 * len(self.world.employers))  # the first are the largest
            person.company = self.world.employers[rank]
            local = f"{given[:1]}{family}{self.world.mailboxes(4 * person.number + 2)}"
        address = f"{local}@{person.company.domain}"
        taken = any(neighbour.work_email == address for neighbour in self.people)
        person.work_email = f"{local}{person.number % BLOCK}@{person.company.domain}" if taken else address

    def _family(self, culture: Culture) -> Family:
        draw = self.draw
        if culture.fronts and draw() < 0.12:
            front = culture.fronts[int(draw() * len(culture.fronts))]
            name = front + culture.backs[int(draw() * len(culture.backs))]
            family = Family(name, (name,))
        else:
            family = culture.families[int(draw() * len(culture.families))]
        if not culture.two_families:
            return family
        second = culture.families[int(draw() * len(culture.families))]
        return Family(f"{family.native} {second.native}", (f"{family.latin[0]} {second.latin[0]}",))

    def _home(self, country: str, city: int) -> Home:
        draw, land = self.draw, COUNTRIES[country]
        names, region, postcode, _ = land.cities[city].split("|")
        street = land.streets[int(draw() * len(land.streets))]
        house = 1 + int(draw() ** 2 * 220)
        code = "".join(str(int(draw() * 10)) if mark == "#" else mark for mark in postcode)
        return Home(tuple(names.split("/")), region, code, land.address.format(s=street, n=house))

    def _some_country(self) -> str:
        return self.world.countries[int(self.draw() * 400)]

    def _some_city(self, country: str | None = None) -> int:
        return int(self.draw() ** 1.6 * len(COUNTRIES[country or self.country].cities))


def neighbours(world: World, block: int) -> list[TruePerson]:
    """The people of a block; the same whenever and in whichever order they are asked for."""
    return Neighbourhood(world, block).settle()

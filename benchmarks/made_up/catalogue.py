"""The made-up files: the facts of the world that have cost pairs, each switched on by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from benchmarks.made_up import people_facts as of_people
from benchmarks.made_up import reach_facts as reach
from benchmarks.made_up import row_facts as rows
from benchmarks.made_up.drawing import Recipe
from benchmarks.made_up.other_names import in_other_names
from benchmarks.subjects import Subject
from dedupe.simulators.population.data.cultures import CULTURES, Culture
from dedupe.simulators.population.proportions import Proportions

SEED = 12_012
"""Of all made-up files; the shipped model and its calibration come from others."""
PEOPLE = 4_600
"""About 10,000 contacts."""

_NAMESAKES = 0.4
"""The share of people who bear a name that others bear; chosen, so that even three quarters of the pairs with
one address can be of two people."""
_ALONE = Proportions(
    couples=0.0,
    families=0.0,
    recycled_number=0.0,
    role_mailbox=0.0,
    switchboard=0.0,
)
_HOMES = Proportions(couples=0.45, families=0.35, shared_mailbox=0.0, shared_line=0.0)
_OFFICES = Proportions(employed=0.85, at_local_company=0.7, role_mailbox=0.0, switchboard=0.0)
_SCRIPTS = Proportions(countries=(("RU", 0.3), ("IL", 0.25), ("AE", 0.2), ("CN", 0.25)), own_script=0.6)
_ASKED_FOR = (0.30, 0.60, 0.75)


def _guessed() -> Iterator[Recipe]:
    """One population with its own mailboxes, and with ever more addresses guessed from names: contacts as
    providers hold them; sheets in which nearly every cell is filled; and such sheets of people who share
    nothing else, as generators make them."""
    alike = (of_people.namesakes(_NAMESAKES),)
    for form, proportions, facts in (
        ("contacts", Proportions(), ()),
        ("sheet", Proportions(), (rows.as_a_sheet,)),
        ("generated", _ALONE, (rows.as_a_sheet,)),
    ):
        yield Recipe(f"{form}-mailboxes", "own mailboxes, many namesakes", proportions, alike, facts)
        for share in _ASKED_FOR:
            yield Recipe(
                f"{form}-guessed-{share:.0%}".rstrip("%"),
                f"of pairs with one address {share:.0%} are namesakes: addresses guessed from names",
                proportions,
                alike,
                (*facts, reach.guessed_addresses(share)),
            )


def _offices() -> Iterator[Recipe]:
    for name, says, facts in (
        ("offices", "most people work at a company, with mailboxes and lines of their own", ()),
        ("switchboard", "a company's line is in every row of its people", (reach.switchboards,)),
        ("info-mailbox", "a company's info@ is in every row of its people", (reach.info_mailboxes,)),
    ):
        yield Recipe(name, says, _OFFICES, (), facts)
    says = "a company's line, address and name are in every row of its people"
    yield Recipe("firm-in-every-row", says, _OFFICES, (), (rows.of_a_firm,))
    says = "a company's customer number is in every row of its people"
    yield Recipe("company-number", says, _OFFICES, (), (reach.company_numbers,), identifiers=True)


def _homes() -> Iterator[Recipe]:
    one = of_people.one_mailbox_and_line
    generations = replace(_HOMES, father_and_son=1.0)
    yield Recipe("homes", "many households, mailboxes and lines of their own", _HOMES)
    yield Recipe("homes-one-mailbox", "households with one mailbox and line", _HOMES, (one,))
    yield Recipe(
        "homes-initials",
        "households with one mailbox and line, a third of the given names written as initials",
        replace(_HOMES, initial=0.33),
        (one,),
    )
    yield Recipe(
        "homes-one-initial",
        "households with one initial, mailbox and line",
        _HOMES,
        (of_people.one_initial, one),
    )
    yield Recipe(
        "homes-close-names",
        "given names of a household a letter or two apart, one mailbox and line",
        _HOMES,
        (of_people.close_names, one),
    )
    yield Recipe(
        "homes-generations",
        "Sr. and Jr. with one mailbox and line",
        generations,
        (one,),
        (rows.generations_written,),
    )
    yield Recipe(
        "homes-unsaid-generations",
        "father and son of one name with one mailbox and line, told by birth dates alone",
        generations,
        (one,),
        (rows.as_a_sheet, rows.generations_left_out),
    )


def _phones() -> Iterator[Recipe]:
    for share in (0.15, 0.50):
        yield Recipe(
            f"national-phones-{share:.0%}".rstrip("%"),
            f"{share:.0%} of the phones without a country code",
            Proportions(national_phone=0.0, national_abroad=0.0),
            (),
            (reach.without_country_codes(share),),
        )


def _others() -> Iterator[Recipe]:
    sheet = rows.as_a_sheet
    no_reach = rows.blank("email", "phone", "identifier")
    placeholders = Proportions(no_name=0.10, placeholder_name=0.05, shared_line=0.4, shared_mailbox=0.4)
    noisy, noisier = rows.perturbed(0.15, 0.05), rows.perturbed(0.30, 0.15)
    says = "every column perturbed, given names of others"
    yield Recipe("ordinary", "a population as it is")
    yield Recipe("tags", "half of the addresses with a tag, at domains few know", row_facts=(reach.tags,))
    yield Recipe("nobodys-names", "placeholders and no names", placeholders, (), (rows.nobodys_names(0.08),))
    yield Recipe("noisy-15", says, row_facts=(sheet, noisy))
    yield Recipe("noisy-30", says, row_facts=(sheet, noisier))
    yield Recipe("dates", "birth dates in many forms", row_facts=(sheet, rows.dates_in_many_forms))
    yield Recipe("historic", "an archive: born 120 years earlier", row_facts=(sheet, rows.born_before(120)))
    yield Recipe("dummy-dates", "a tenth born on 1 January 1970", row_facts=(sheet, rows.dummy_dates(0.1)))
    yield Recipe("one-town", "everybody in one town, without postcodes", row_facts=(rows.in_one_town,))
    yield Recipe("slips", "a quarter of the names with a typing slip", Proportions(name_typo=0.25))
    yield Recipe("swapped", "half of the names with the family name first", Proportions(swapped=0.5))
    yield Recipe(
        "four-names",
        "names of four parts, many namesakes differ in the third alone",
        Proportions(),
        (of_people.namesakes(_NAMESAKES),),
        (rows.four_names,),
    )
    yield Recipe("no-reach", "no email, no phone: name, place and birth date", row_facts=(sheet, no_reach))
    yield Recipe("scripts", "names in scripts of their own, and in Latin letters", _SCRIPTS)


def _names(cultures: Mapping[str, Culture]) -> Iterator[Recipe]:
    plain = Proportions(own_script=0.0)
    for name, culture in cultures.items():
        facts = (of_people.of_culture(culture),)
        yield Recipe(f"names-{name}", f"{name} names, all else equal", plain, facts)


_FACTS = (*_others(), *_guessed(), *_offices(), *_phones(), *_homes())
RECIPES: tuple[Recipe, ...] = (*_FACTS, *_names(CULTURES))


def in_names_of(cultures: Mapping[str, Culture]) -> tuple[Recipe, ...]:
    """The same files with other names than the simulator's."""
    given = in_other_names(cultures)
    facts = (replace(one, people_facts=(given, *one.people_facts)) for one in _FACTS)
    return (*facts, *_names(cultures))


def made_up(people: int = PEOPLE, seed: int = SEED, recipes: Iterable[Recipe] = RECIPES) -> Iterator[Subject]:
    """The made-up files of so many people as subjects, which are drawn when their tables are asked for."""
    for recipe in recipes:
        yield Subject(
            recipe.name,
            partial(recipe.table, people, seed),
            identifiers=recipe.identifiers,
            profile=f"{people:,} people, seed {seed}, {recipe.says}",
        )

from collections import Counter

import pytest

from benchmarks.made_up import people_facts, reach_facts
from benchmarks.made_up.catalogue import RECIPES, in_names_of, made_up
from benchmarks.made_up.drawing import ChangedPopulation, Recipe
from benchmarks.made_up.measuring import outcome
from benchmarks.made_up.table import page
from dedupe.simulators.population.data.cultures import Culture, Family, Given
from dedupe.simulators.population.proportions import Proportions

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
HOMES = Proportions(couples=0.5, families=0.4)


def rows_of(recipe: Recipe, people: int = 600) -> list[dict[str, str | None]]:
    return recipe.table(people, 5).to_pylist()


def share_of_two_people(rows: list[dict[str, str | None]]) -> float:
    """Of pairs of contacts with one address."""
    holders: dict[str, Counter[str]] = {}
    for row in rows:
        for address in (row["email"] or "").lower().split(";"):
            if address:
                holders.setdefault(address, Counter())[row["truth_id"] or ""] += 1
    pairs = sum(each.total() * (each.total() - 1) for each in holders.values())
    same = sum(count * (count - 1) for each in holders.values() for count in each.values())
    return 1 - same / pairs


@pytest.mark.parametrize("name", ["ordinary", "sheet-guessed-60", "homes-one-initial", "names-polish"])
def test_a_file_is_the_same_at_every_run(name):
    assert BY_NAME[name].table(300, 5).equals(BY_NAME[name].table(300, 5))


@pytest.mark.parametrize("asked", [30, 60, 75])
def test_so_many_of_the_pairs_with_one_address_are_namesakes(asked):
    found = share_of_two_people(rows_of(BY_NAME[f"contacts-guessed-{asked}"], people=3_000))
    assert asked / 100 <= found < asked / 100 + 0.03


def test_whose_address_was_not_guessed_keeps_it():
    before = {(row["source"], row["truth_id"], row["email"]) for row in rows_of(BY_NAME["sheet-mailboxes"])}
    after = {(row["source"], row["truth_id"], row["email"]) for row in rows_of(BY_NAME["sheet-guessed-30"])}
    assert len(before & after) > len(before) / 2


def test_too_few_namesakes_are_told():
    with pytest.raises(ValueError, match="too few namesakes"):
        Recipe("alone", "", row_facts=(reach_facts.guessed_addresses(0.9),)).table(60, 5)


def test_members_of_a_household_begin_with_one_letter_and_stay_different():
    everybody = ChangedPopulation(600, 5, HOMES, (people_facts.one_initial,)).everybody
    homes = people_facts.households(everybody)
    alike = [len({person.given.latin[0][0] for person in home}) == 1 for home in homes]
    assert sum(alike) > 0.7 * len(homes)
    assert all(home[0].given.latin[0] != home[1].given.latin[0] for home in homes)


def test_a_household_shares_mailbox_and_line():
    everybody = ChangedPopulation(300, 5, HOMES, (people_facts.one_mailbox_and_line,)).everybody
    for home in people_facts.households(everybody):
        assert len({(person.emails[0], person.mobile) for person in home}) == 1


def test_addresses_follow_the_new_name():
    person = next(one for one in ChangedPopulation(300, 5, HOMES, ()).everybody if "." in one.emails[0])
    other = ChangedPopulation(300, 6, HOMES, ()).everybody[0]
    before = person.emails[0]
    people_facts.rename(person, other.given, other.family)
    assert person.emails[0] != before
    assert person.emails[0].partition("@")[2] == before.partition("@")[2]


def test_a_firm_s_address_stands_in_every_row_of_its_people():
    told: dict[str, set[tuple[str | None, ...]]] = {}
    for row in rows_of(BY_NAME["firm-in-every-row"]):
        told.setdefault(row["phone"] or "", set()).add((row["company"], row["street"], row["postcode"]))
    shared = [places for line, places in told.items() if line and len(places) == 1]
    assert len(shared) > 10


def test_everybody_is_told_to_live_in_one_town_or_to_be_born_on_one_day():
    town = rows_of(BY_NAME["one-town"])
    assert {(row["city"], row["postcode"]) for row in town} == {("Springfield", None)}
    dates = Counter(row["birth_date"] for row in rows_of(BY_NAME["dummy-dates"]))
    assert 0.05 < dates["1970-01-01"] / dates.total() < 0.2


def test_a_company_has_its_line_in_every_row_of_its_people():
    rows = rows_of(BY_NAME["switchboard"])
    lines = Counter(line for row in rows for line in (row["phone"] or "").split(";") if line)
    assert lines.most_common(1)[0][1] > 20


def test_phones_at_home_have_no_country_code():
    phones = [row["phone"] for row in rows_of(BY_NAME["national-phones-50"]) if row["phone"]]
    national = sum(not phone.startswith("+") for phone in phones) / len(phones)
    assert 0.45 < national < 0.65


def test_every_fact_changes_the_file():
    plain = rows_of(BY_NAME["ordinary"])
    assert all(rows_of(recipe) != plain for recipe in RECIPES if recipe.name != "ordinary")


def test_files_come_with_other_names_than_the_simulators():
    names = (Given("Ayotunde", ("Ayotunde",), ()), Given("Abiodun", ("Abiodun",), ()))
    yoruba = Culture("yo", names, names, (Family("Okonkwo", ("Okonkwo",)),), (), (), False, False, ())
    recipes = {recipe.name: recipe for recipe in in_names_of({"en_US": yoruba})}
    assert set(recipes) - set(BY_NAME) == {"names-en_US"}
    facts = recipes["ordinary"].people_facts
    everybody = ChangedPopulation(300, 5, Proportions(), facts).everybody
    assert all(one.family.latin == ("Okonkwo",) for one in everybody if one.country == "US")
    assert any(one.family.latin != ("Okonkwo",) for one in everybody if one.country != "US")


def test_a_page_tells_the_fact_and_what_was_found_beside_what_was_expected():
    subject = next(each for each in made_up(200, 5) if each.name == "switchboard")
    text = page("python -m benchmarks.made_up", [(subject, outcome(subject))])
    assert "| switchboard | a company's line is in every row of its people |" in text

"""What happens from one night to the next."""

import pytest

from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from tests.simulators.plain_client import walk, walked_ids

BUSY = Proportions(touched_neighbourhoods=0.5)


def _ids(town: Population) -> set[tuple[str, str]]:
    return {(provider, external_id) for provider, external_id, _ in town.truth()}


def test_nights_follow_one_another() -> None:
    town = population(150, 5, BUSY)
    there = _ids(town)
    for number in range(1, 6):
        night = town.after(number)
        inserted = {(c.provider, c.external_id) for c in night.inserts}
        edited = {(c.provider, c.external_id) for c in night.edits}
        deleted = {(t.provider, t.external_id) for t in night.deletes}
        assert inserted
        assert not inserted & there
        assert edited <= there
        assert deleted <= there
        assert not edited & deleted
        there = (there - deleted) | inserted


def test_a_night_is_the_same_whenever_it_is_asked_for() -> None:
    assert population(90, 5, BUSY).after(3) == population(90, 5, BUSY).after(3)
    assert population(90, 5, BUSY).after(3) != population(90, 5, BUSY).after(2)


def test_an_edit_changes_the_contact_and_its_time_of_change() -> None:
    town = population(150, 5, BUSY)
    before = {(c.provider, c.external_id): c.payload for c in town.contacts()}
    night = town.after(1)
    assert night.edits
    for edit in night.edits:
        if edit.provider in ("whippy", "askelephant"):
            assert edit.payload["updated_at"] > before[edit.provider, edit.external_id]["updated_at"]
            assert edit.payload["created_at"] == before[edit.provider, edit.external_id]["created_at"]


def test_newcomers_have_numbers_of_their_own() -> None:
    town = population(40, 5)
    known = {t.person for t in town.truth()}
    newcomers = [{c.person for c in town.after(night).inserts} - known for night in (1, 2, 3)]
    assert all(newcomers)
    assert len(set().union(*newcomers)) == sum(map(len, newcomers))


def test_nights_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        population(40, 5).after(0)


def test_a_running_simulator_takes_a_night_in(provider: str) -> None:
    town = population(150, 5, BUSY)
    with simulate(town, [provider]) as running:
        simulator = running[provider]
        there = set(simulator.ids())
        for number in (1, 2):
            night = town.after(number)
            simulator.apply(night)
            there -= {t.external_id for t in night.deletes if t.provider == provider}
            there |= {c.external_id for c in night.inserts if c.provider == provider}
        assert sorted(walked_ids(simulator)) == sorted(there)


def test_a_night_taken_in_bears_the_clock_s_time() -> None:
    town = population(150, 5, BUSY)
    with simulate(town, ["whippy"], clock=lambda: 1_800_000_000.0) as running:
        whippy = running["whippy"]
        before = len(walk(whippy, **{"updated_at[gte]": "2027-01-15T08:00:00Z"}))
        night = town.after(1)
        whippy.apply(night)
        expected = sum(c.provider == "whippy" for c in (*night.inserts, *night.edits))
        after = walk(whippy, **{"updated_at[gte]": "2027-01-15T08:00:00Z"})
        assert (before, len(after)) == (0, expected)


def test_what_is_inserted_while_running_is_nobody_known(provider: str) -> None:
    town = population(30, 5)
    assert provider in PROVIDERS
    with simulate(town, [provider]) as running:
        simulator = running[provider]
        ids = [simulator.insert() for _ in range(5)]
        assert len(set(ids) | {t.external_id for t in town.truth() if t.provider == provider}) == len(
            simulator.ids()
        )
        assert set(ids) <= set(walked_ids(simulator))

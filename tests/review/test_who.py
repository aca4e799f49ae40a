"""Who is this? A described contact finds the golden contacts that it may be, and is stored nowhere."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text

from dedupe.arrays.units import BIT
from dedupe.errors import IndexUnusable, InputError
from dedupe.fetchers.given import given_table
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.features.build import build_features
from dedupe.matching.model.scoring import weight
from dedupe.matching.present_users import with_present_users
from dedupe.matching.term_frequencies import count_value_users
from dedupe.model import GivenContact
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.live_run import merge_now
from dedupe.review.described import readings
from dedupe.review.published_scorer import published_scorer
from dedupe.review.served_scorer import ServedScorer
from dedupe.review.who import Answer, Who, matches
from dedupe.storage import contacts
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from tests.house import House, contact

SETTINGS = NormalizeSettings(fallback_region="US")
KIM = Visitor("Kim", "cli")


@pytest.fixture
def house(database: Database) -> House:
    house = House(database)
    house.collected(
        contact("crm:1", name="John Smith", email="jsmith@acm.com", phone="+1 202 555 0123"),
        contact("mail:1", name="John Smith", email="jsmith@acm.com"),
        contact("crm:2", name="Jane Smith", email="jane@acm.com"),
        *(contact(f"crm:1{n}", name=f"Peter Miller{n}", email=f"pm{n}@example.org") for n in range(9)),
    )
    house.merges()
    return house


def asked(house: House, contact: list[GivenContact], limit: int = 5) -> Answer:
    who = Who(ServedScorer(published_scorer()), SETTINGS)
    with house.database.begin() as connection:
        return who.ask(connection, KIM, contact, limit)


def test_a_name_with_a_slip_and_a_work_address_find_whom_they_mean(house):
    best, *others = asked(house, readings("Jon Smyth, jsmith@acm.com")).matches
    assert best.golden_id == house.golden_of("crm:1") == house.golden_of("mail:1")
    assert best.contact is not None
    assert best.contact.name == "John Smith"
    assert best.decision == "link"
    assert best.reasons
    assert all(other.probability < best.probability for other in others)


def test_each_golden_contact_stands_once_the_likeliest_first(house):
    found = asked(house, readings("John Smith")).matches
    assert [one.golden_id for one in found][:1] == [house.golden_of("crm:1")]
    assert len({one.golden_id for one in found}) == len(found)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def test_what_speaks_against_it_is_told(house):
    found = {one.golden_id: one for one in asked(house, readings("John Smith")).matches}
    jane = found[house.golden_of("crm:2")]
    assert any("given names differ" in step.sentence for step in jane.against)
    assert all(step.weight > 0 for step in jane.reasons)


def test_the_pair_weighs_what_a_night_would_weigh(house):
    """The very contact, brought by another source, weighs the same as when a night has matched it."""
    answer = asked(house, [{"names": [{"full": "Jane Smith"}], "emails": [{"given": "jane@acm.com"}]}])
    house.collected(contact("new:1", name="Jane Smith", email="jane@acm.com"))
    house.merges()
    with house.database.begin() as connection:
        weight = connection.execute(text("SELECT weight FROM dedupe.links ORDER BY weight DESC")).scalars()
        assert round(answer.matches[0].weight * 1024) in list(weight)


def test_whoever_shares_mailboxes_and_lines_weighs_what_a_night_weighs(database):
    """Asked for what a contact says, whoever another source has weighs as in a night over all."""
    drawn = Random(7)
    said: list[dict[str, Any]] = [
        {
            "name": drawn.choice(["Ann Lee", "Anne Lee", "Bob Lee", "Ann Ray", "A. Lee", "Zoe Quartz"]),
            "email": drawn.choice([None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net"]),
            "phone": drawn.choice([None, "+442079460100", "+442079460199"]),
            "birth": drawn.choice([None, "1980-02-03", "2004-02-05"]),
        }
        for _ in range(24)
    ]
    house, people = House(database), [{field: one[field] for field in one if one[field]} for one in said]
    house.collected(*(contact(f"{('crm', 'mail')[at % 2]}:{at}", **one) for at, one in enumerate(people)))
    house.merges()
    weights, compared = weighed_by_a_night(house), 0
    for at in range(0, len(people), 2):
        asked_for = contact(f"crm:{at}", **people[at])
        about: Any = {
            field: asked_for[field] for field in ("names", "emails", "phones") if field in asked_for
        }
        if "birth" in people[at]:
            about["birth"] = people[at]["birth"]
        for one in asked(house, [about], limit=50).matches:
            if (pair := (house.seed(f"crm:{at}"), one.source_contact)) in weights:
                assert round(one.weight * BIT) == weights[pair]
                compared += 1
    assert compared > 20


def weighed_by_a_night(house: House) -> dict[tuple[UUID, UUID], int]:
    """The weight of each contact of crm beside each of mail, by all contacts and the saved frequencies."""
    with house.database.begin() as connection:
        served = ServedScorer(published_scorer()).ready(connection)
        live = contacts.live(connection)
    features = build_features(live.table)
    saved = served.frequencies
    now = with_present_users(saved, count_value_users(features, saved.tables["birth"]))
    of_crm = np.array(live.table["source"].to_pylist()) == "crm"
    left, right = (side.ravel() for side in np.meshgrid(np.flatnonzero(of_crm), np.flatnonzero(~of_crm)))
    found = weight(compare(features, now, left, right), served.model, now.contacts)
    ids = [UUID(one) for one in live.keys["id"].to_pylist()]
    return {(ids[a], ids[b]): int(w) for a, b, w in zip(left, right, found, strict=True)}


def test_nobody_is_found_who_shares_nothing(house):
    answer = asked(house, readings("Zoe Quark, zoe@quark.example"))
    assert (answer.matches, answer.holders) == ([], 0)


def test_what_can_not_be_read_is_told(house):
    answer = asked(house, [{"emails": [{"given": "no address"}], "names": [{"full": "John Smith"}]}])
    assert [note.split(":")[0] for note in answer.unread] == ["email"]
    assert answer.matches


def test_no_more_than_the_limit(house):
    assert len(asked(house, readings("Smith"), limit=1).matches) <= 1


def test_nothing_is_stored_but_a_line_of_the_access_log(house):
    def rows() -> dict[str, int]:
        with house.database.connect() as connection:
            names = connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'dedupe' ORDER BY 1")
            ).scalars()
            count = "SELECT count(*) FROM dedupe."
            return {name: connection.execute(text(count + name)).scalar_one() for name in names}

    before = rows()
    asked(house, readings("Jon Smyth, jsmith@acm.com"))
    assert rows() == {**before, "access_log": before["access_log"] + 1}


def test_a_list_is_answered_row_for_row_in_its_own_order(house):
    rows = [
        ("b", "9", {"names": [{"full": "Jane Smith"}], "emails": [{"given": "jane@acm.com"}]}),
        ("b", "1", {"names": [{"full": "Zoe Quark"}]}),
        ("a", "5", {"names": [{"full": "Jon Smith"}], "phones": [{"given": "(202) 555-0123"}]}),
    ]
    ready = ServedScorer(published_scorer())
    with house.database.begin() as connection:
        found = matches(connection, ready.ready(connection), given_table(rows), SETTINGS, 1)
    golden = [one.matches[0].golden_id if one.matches else None for one in found]
    assert golden == [house.golden_of("crm:2"), None, house.golden_of("crm:1")]


def test_before_the_first_night_it_says_so(database):
    with pytest.raises(IndexUnusable):
        asked(House(database), readings("John Smith"))


def test_it_goes_by_what_is_served_now(house):
    who = Who(ServedScorer(published_scorer()), SETTINGS)
    with house.database.begin() as connection:
        assert not who.ask(connection, KIM, readings("Zoe Quark, zoe@quark.example")).matches
    house.collected(contact("crm:3", name="Zoe Quark", email="zoe@quark.example"))
    house.merges()
    with house.database.begin() as connection:
        assert who.ask(connection, KIM, readings("Zoe Quark, zoe@quark.example")).matches


def test_parts_between_commas_are_told_apart():
    first, *others = readings("Smyth, Jon; jon@x.org, +1 202 555 0123 ext. 4")
    reached = {"emails": [{"given": "jon@x.org"}], "phones": [{"given": "+1 202 555 0123 ext. 4"}]}
    assert first == {"names": [{"full": "Smyth, Jon"}]} | reached
    assert {"names": [{"full": "Smyth"}], "city": "Jon"} | reached in others
    with pytest.raises(InputError):
        readings(" , ")


@pytest.mark.parametrize("behind", ["Tucson", "Desert Dental", "Tucson, United States"])
def test_a_place_or_a_company_may_stand_behind_the_name(house, behind):
    """It speaks for whoever has it, and is no part of the name."""
    fairlow: Any = {"name": "Jennifer Fairlow", "city": "Tucson", "company": "Desert Dental", "country": "US"}
    house.collected(
        contact("crm:3", **fairlow), contact("crm:4", name="Jennifer Fairlow", city="Boston", country="US")
    )
    house.merges()
    best, other = asked(house, readings(f"Jennifer Fairlow, {behind}"), limit=2).matches
    assert (best.golden_id, other.golden_id) == (house.golden_of("crm:3"), house.golden_of("crm:4"))
    assert best.weight > other.weight


def test_a_family_name_before_a_comma_is_no_place(house):
    best = asked(house, readings("Smith, Jane")).matches[0]
    assert best.golden_id == house.golden_of("crm:2")


def test_who_uses_a_value_is_told_as_of_now(house):
    """A mailbox that was one person's and is many people's now says little."""
    before = asked(house, readings("jsmith@acm.com")).matches[0].weight
    others = ("Zoe Quark", "Ali Baba", "Mei Chen", "Olga Petrova", "Juan Perez")
    house.collected(
        *(contact(f"new:{n}", name=name, email="jsmith@acm.com") for n, name in enumerate(others))
    )
    merge_now(house.database, house.settings, house.engine)
    assert asked(house, readings("jsmith@acm.com")).matches[0].weight < before

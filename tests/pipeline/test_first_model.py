"""The first night learns its model from its own contacts; after it only people change it."""

from __future__ import annotations

from itertools import product

import pyarrow as pa
import pytest
from sqlalchemy import Connection

from dedupe.config import Settings
from dedupe.golden.gate import GateLimits
from dedupe.matching.features.build import Features
from dedupe.pipeline import full_run, merging
from dedupe.pipeline.first_model import FIRST_NIGHT
from dedupe.pipeline.merge_inputs import SHIPPED, TRAINED
from dedupe.storage import match_models, merge_runs
from dedupe.storage.match_models import SavedModel
from dedupe.wiring import learning
from tests.house import Given, House, contact, house

__all__ = ["house"]

GIVEN = "ada ben cleo dan edith finn greta hugo ines jonas karla leo marta nils".split()  # noqa: SIM905
FAMILY = ["Abbott", "Brandt", "Castell", "Dupont", "Eriksen", "Ferrari", "Gruber", "Hansen"]
FEW = 10


def people(count: int) -> list[Given]:
    """So many people of whom two sources each hold one contact."""
    found = []
    for number, (given, family) in enumerate(list(product(GIVEN, FAMILY))[:count]):
        email, name = f"{given}.{family}{number}@mail.example", f"{given} {family}"
        found.append(contact(f"crm:{number}", name=name, email=email, phone=f"+44 20 7946 {number:04}"))
        found.append(contact(f"shop:{number}", name=name, email=email))
    return found


def saved(house: House) -> list[SavedModel]:
    with house.database.begin() as connection:
        return match_models.listed(connection)


def learned(house: House) -> list[SavedModel]:
    return [one for one in saved(house) if one.origin == TRAINED]


def last_run_model(connection: Connection) -> object:
    run = merge_runs.last_published(connection)
    return run and run.model_id


def test_the_first_night_learns_saves_and_serves_by_a_model_of_its_own_contacts(house: House) -> None:
    house.collected(*people(100))
    report = house.merges()
    (model,) = learned(house)
    assert (model.name, model.active) == (FIRST_NIGHT, True)
    assert report.model["id"] == str(model.id)
    assert "learned on this first night" in report.in_words()
    with house.database.begin() as connection:
        assert last_run_model(connection) == model.id


def test_a_second_night_learns_nothing_and_changes_nothing(house: House) -> None:
    house.collected(*people(100))
    house.merges()
    before = saved(house)
    report = house.merges()
    assert report.status == "unchanged"
    assert "learned" not in report.model
    assert saved(house) == before


def test_too_few_contacts_go_by_the_shipped_model_until_there_are_enough(house: House) -> None:
    house.collected(*people(FEW))
    report = house.merges()
    assert "the next night tries again" in report.in_words()
    assert [(one.origin, one.active) for one in saved(house)] == [(SHIPPED, False)]
    house.collected(*people(100))
    assert house.merges().model["learned"]
    assert [one.active for one in learned(house)] == [True]


def test_nobody_to_learn_from_is_no_error(house: House) -> None:
    assert "learned" not in house.merges().model
    assert learned(house) == []


def test_a_plan_leaves_no_model_and_its_publication_does(house: House) -> None:
    house.collected(*people(100))
    report = house.merges(plan=True)
    assert "saved once a night is published" in report.in_words()
    assert learned(house) == []
    assert house.publishes(report.run_id).status == "published"
    assert len(learned(house)) == 1


def test_a_night_that_is_held_back_leaves_no_model(house: House) -> None:
    house.collected(*people(FEW))
    house.merges()
    house.collected(*people(100))
    house.vanished("crm:0")
    assert house.merges(limits=GateLimits(max_share_gone=0.0, fewest=1)).status == "held"
    assert learned(house) == []


def test_a_night_that_fails_leaves_no_model(house: House, monkeypatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("disk full")

    house.collected(*people(100))
    with monkeypatch.context() as broken:
        broken.setattr(full_run, "write", fails)
        with pytest.raises(RuntimeError):
            house.merges()
    assert learned(house) == []
    assert house.merges().model["learned"]


def test_a_model_that_a_person_makes_active_meanwhile_stays_active(house: House) -> None:
    house.collected(*people(100))

    def chosen_meanwhile(stage: str) -> None:
        if stage == "match, cluster, merge":
            learning.use(house.database, SHIPPED)

    merging.merge(house.database, house.settings, house.engine, tell=chosen_meanwhile)
    assert [one.origin for one in saved(house) if one.active] == [SHIPPED]


def test_who_chose_the_shipped_model_keeps_it(house: House) -> None:
    learning.use(house.database, SHIPPED)
    house.collected(*people(100))
    assert "learned" not in house.merges().model
    assert learned(house) == []


def test_it_is_the_model_that_train_would_learn(house: House) -> None:
    house.collected(*people(100))
    house.merges()
    again, _ = learning.train(house.database, Settings(), "again", activate=False)
    assert [one.id for one in learned(house)] == [again]


def test_a_first_night_takes_features_once_to_learn_and_to_match_by(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    evidence = house.engine.evidence

    def counted(contacts: pa.Table, staff: bool) -> Features:
        taken.append(len(contacts))
        return evidence(contacts, staff)

    house.collected(*people(100))
    monkeypatch.setattr(house.engine, "evidence", counted)
    first = house.merges()
    assert taken == [200]
    assert house.merges(full=True).digest == first.digest

"""Which decisions teach, and what a model learns of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedupe.arrays.units import BIT
from dedupe.matching.training.recalibration import corrected
from dedupe.model import Origin, Subject, Verdict
from dedupe.pipeline.auditing import draw
from dedupe.review import auditing, deciding, queue
from dedupe.review.labelled_pairs import DecidedExamples, labelled_pairs
from dedupe.simulators.population.population import population
from dedupe.storage import audits, decisions
from dedupe.storage.decisions import Member, NewDecision
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house
from tests.review.test_random_decisions import given

__all__ = ["house"]


def learns(house: DecidingHouse) -> DecidedExamples:
    with house.database.begin() as connection:
        return labelled_pairs(connection, house.scorer(connection))


@pytest.fixture
def doubtful(house: DecidingHouse) -> DecidingHouse:
    house.collected(
        contact("crm:1", name="Ann Quill", email="ann@quill.example"),
        contact("mail:1", name="Ann Quill", email="ann@quill.example"),
        contact("crm:2", name="Ann Quill", phone="+442079460018"),
        contact("crm:3", name="Bob Stone", phone="+442079460777"),
    )
    house.merges()
    return house


def test_an_answer_of_the_queue_is_one_lesson_by_its_strongest_pair(doubtful: DecidingHouse) -> None:
    shown = doubtful.looks_at_the_only_one()
    strongest = max(pair.weight for pair in shown.pairs)
    doubtful.answers(shown, Verdict.SAME)
    found = learns(doubtful).pairs
    assert found.same.tolist() == [True]
    assert found.weight[0] == strongest * BIT


def test_what_people_decide_of_their_own_accord_teaches_nothing(doubtful: DecidingHouse) -> None:
    doubtful.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    found = learns(doubtful)
    assert len(found.pairs) == 0
    assert found.left_out == 1


def test_unsure_and_revoked_answers_teach_nothing(doubtful: DecidingHouse) -> None:
    made = doubtful.answers(doubtful.looks_at_the_only_one(), Verdict.DIFFERENT)
    doubtful.takes_back(made)
    doubtful.answers(doubtful.looks_at_the_only_one(), Verdict.UNSURE)
    assert len(learns(doubtful).pairs) == 0


def test_judged_samples_of_an_audit_teach(doubtful: DecidingHouse) -> None:
    audit = draw(doubtful.database, doubtful.settings, doubtful.engine, "Kim", 5, 5)
    with doubtful.database.begin() as connection:
        for sample in audits.samples(connection, audit.id):
            verdict = Verdict.SAME if sample.kind == "merged" else Verdict.DIFFERENT
            auditing.judge(connection, ADA, sample, verdict)
    assert sorted(learns(doubtful).pairs.same.tolist()) == [False, True]


def test_a_judged_sample_that_is_decided_too_is_one_lesson(doubtful: DecidingHouse) -> None:
    audit = draw(doubtful.database, doubtful.settings, doubtful.engine, "Kim", 0, 5)
    with doubtful.database.begin() as connection:
        [sample] = audits.samples(connection, audit.id)
    with deciding.publishing(doubtful.database) as connection:
        auditing.judge(connection, ADA, sample, Verdict.DIFFERENT, republish=doubtful.republish)
    assert learns(doubtful).pairs.same.tolist() == [False]


def test_lessons_whose_contacts_are_gone_are_left_out(doubtful: DecidingHouse) -> None:
    doubtful.answers(doubtful.looks_at_the_only_one(), Verdict.SAME)
    doubtful.vanished("crm:2")
    found = learns(doubtful)
    assert (len(found.pairs), found.left_out) == (0, 1)


def test_a_model_that_is_far_off_is_mended_by_the_answers_of_reviewers(house: DecidingHouse) -> None:
    """Generated people, their questions answered by the truth, and a model that believes too little."""
    everybody = population(250, 31)
    house.collected(*map(given, everybody.records()))
    house.merges()
    person = {f"{one.provider}:{one.external_id}": one.person for one in everybody.truth()}
    with house.database.begin() as connection:
        waiting = queue.queue(connection, ADA, 150).candidates
        for one in waiting:
            same = bool({person[it.key] for it in one.left} & {person[it.key] for it in one.right})
            members = [
                Member(it.id, side, None)
                for side, people in enumerate((one.left, one.right))
                for it in people
            ]
            verdict = Verdict.SAME if same else Verdict.DIFFERENT
            decisions.add(connection, NewDecision(Subject.CONTACTS, verdict, members, "Ada", Origin.QUEUE))
    with house.database.begin() as connection:
        judge = house.scorer(connection)
        curve = judge.model.calibration
        shy = replace(curve, log_odds=tuple(each - 5 for each in curve.log_odds))
        found = labelled_pairs(connection, replace(judge, model=replace(judge.model, calibration=shy)))
    made = corrected(replace(judge.model, calibration=shy), found.pairs)
    assert made.gain is not None
    assert made.gain.clear
    assert made.gain.loss_after < made.gain.loss_before - 0.1
    assert made.correction is not None
    assert made.correction.offset > 0.5

"""Audits: drawn by strata, judged, and measured against the truth of generated people."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from dedupe.clustering.audit_estimates import Measured, measure_audit
from dedupe.errors import InputError, NotFound
from dedupe.model import Verdict
from dedupe.pipeline.auditing import draw
from dedupe.review import auditing, deciding
from dedupe.simulators.population.population import population
from dedupe.storage import audits
from dedupe.storage.audits import MERGED, Audit, Sample
from dedupe.wiring import audit_files
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house
from tests.review.test_random_decisions import given

__all__ = ["house"]


class Audited:
    """A house of generated people whose truth is known, and an audit of it."""

    def __init__(self, house: DecidingHouse, people: int, seed: int, merged: int, near: int) -> None:
        house.settings = replace(house.settings, link_probability=0.4, review_probability=0.05)
        everybody = population(people, seed)
        house.collected(*map(given, everybody.records()))
        house.merges()
        self.house = house
        person = {f"{one.provider}:{one.external_id}": one.person for one in everybody.truth()}
        self.person = {house.seed(key): person[key] for keys in house.together() for key in keys}
        self.audit = self.draws(merged, near)

    def draws(self, merged: int, near: int) -> Audit:
        return draw(self.house.database, self.house.settings, self.house.engine, "Kim", merged, near)

    @property
    def samples(self) -> list[Sample]:
        with self.house.database.begin() as connection:
            return audits.samples(connection, self.audit.id)

    def judged_by_the_truth(self) -> None:
        with self.house.database.begin() as connection:
            for sample in audits.samples(connection, self.audit.id):
                persons = {seed: str(self.person[seed]) for seed in sample.members}
                auditing.judge_persons(connection, ADA, sample, persons)

    @property
    def measured(self) -> Measured:
        with self.house.database.begin() as connection:
            return measure_audit(self.audit, audits.samples(connection, self.audit.id))

    def golden(self) -> list[list[UUID]]:
        """Those of two or more source contacts."""
        with self.house.database.begin() as connection:
            rows = connection.execute(
                text("SELECT array_agg(source_contact_id) FROM dedupe.source_links GROUP BY golden_id")
            )
            return [members for (members,) in rows if len(members) > 1]

    def truly_wrong(self) -> tuple[float, float]:
        """The shares of wrong golden contacts, and of wrong pairs in them."""
        golden = self.golden()
        wrong = sum(len({self.person[one] for one in members}) > 1 for members in golden)
        pairs = [pair for members in golden for pair in combinations(members, 2)]
        bad = sum(self.person[one] != self.person[other] for one, other in pairs)
        return wrong / len(golden), bad / len(pairs)


def test_an_audit_judged_whole_measures_the_truth(house: DecidingHouse) -> None:
    found = Audited(house, 80, 21, 10_000, 10_000)
    found.judged_by_the_truth()
    wrong, pairs = found.truly_wrong()
    said = found.measured
    assert (said.wrong_merges.share, said.wrong_merges.low) == (wrong, wrong)
    assert said.wrong_pairs.share == pytest.approx(pairs)
    assert said.exact_pairs


def test_missed_joins_are_counted_beside_those_that_were_made(house: DecidingHouse) -> None:
    found = Audited(house, 80, 22, 10_000, 10_000)
    found.judged_by_the_truth()
    near = [one for one in found.samples if one.kind != MERGED]
    missed = sum(one.verdict == "same" for one in near)
    made = sum(len(members) - len({found.person[one] for one in members}) for members in found.golden())
    assert missed > 0
    assert found.measured.missed.share == pytest.approx(missed / (missed + made))


def test_a_sample_s_interval_holds_the_truth(house: DecidingHouse) -> None:
    found = Audited(house, 250, 23, 50, 0)
    truth, _ = found.truly_wrong()
    held = 0
    for _ in range(10):  # each audit has an id of its own, and so draws otherwise
        found.audit = found.draws(50, 0)
        found.judged_by_the_truth()
        said = found.measured.wrong_merges
        assert said.judged < len(found.golden())
        held += said.low <= truth <= said.high
    assert held >= 7  # the draws are random: at 95 % each, fewer come once in a thousand runs


def test_a_sample_is_drawn_from_every_stratum_and_in_no_telling_order(house: DecidingHouse) -> None:
    found = Audited(house, 80, 24, 30, 30)
    drawn = Counter((one.kind, one.stratum) for one in found.samples)
    for row in found.audit.strata:
        assert min(2, row["size"]) <= drawn[row["kind"], row["stratum"]] <= row["size"]
    kinds = [one.kind for one in found.samples]
    assert kinds not in (sorted(kinds), sorted(kinds, reverse=True))
    assert [one.number for one in found.samples] == list(range(1, len(kinds) + 1))


def test_nothing_judged_measures_nothing(house: DecidingHouse) -> None:
    found = Audited(house, 40, 25, 10, 10)
    said = found.measured
    assert (said.wrong_merges.judged, said.wrong_merges.high, said.missed.high) == (0, 1.0, 1.0)


def test_a_night_is_measured_by_an_audit_of_its_own_model_only(house: DecidingHouse) -> None:
    found = Audited(house, 150, 21, 60, 0)
    assert found.audit.model_id is not None
    found.judged_by_the_truth()
    with house.database.begin() as connection:
        assert audits.measured_for(connection, found.audit.model_id, found.audit.link) == found.measured
        assert audits.measured_for(connection, found.audit.model_id, found.audit.link + 1) is None
        assert audits.measured_for(connection, UUID(int=3), found.audit.link) is None


@pytest.fixture
def pair(house: DecidingHouse) -> DecidingHouse:
    """One golden contact of two, one near miss of it."""
    house.collected(
        contact("crm:1", name="Ann Quill", email="ann@quill.example"),
        contact("mail:1", name="Ann Quill", email="ann@quill.example"),
        contact("crm:2", name="Ann Quill", phone="+442079460018"),
    )
    house.merges()
    return house


def drawn(house: DecidingHouse) -> dict[str, Sample]:
    audit = draw(house.database, house.settings, house.engine, "Kim", 5, 5)
    with house.database.begin() as connection:
        return {one.kind: one for one in audits.samples(connection, audit.id)}


def test_a_judgement_changes_nothing_by_itself(pair: DecidingHouse) -> None:
    before = pair.together()
    with pair.database.begin() as connection:
        auditing.judge(connection, ADA, drawn(pair)["merged"], Verdict.DIFFERENT)
    pair.merges()
    assert pair.together() == before


def test_a_judgement_can_be_decided_too(pair: DecidingHouse) -> None:
    samples = drawn(pair)
    with deciding.publishing(pair.database) as connection:
        made = auditing.judge(connection, ADA, samples["merged"], Verdict.DIFFERENT, republish=pair.republish)
    assert made.decision_id is not None
    assert pair.golden_of("crm:1") != pair.golden_of("mail:1")
    with pair.database.begin() as connection:
        origin = text("SELECT origin FROM dedupe.decisions WHERE id = :id")
        assert connection.execute(origin, {"id": made.decision_id}).scalar() == "audit"


def test_what_is_decided_different_is_no_near_miss_any_more(pair: DecidingHouse) -> None:
    assert "near" in drawn(pair)
    pair.decides(Verdict.DIFFERENT, "crm:1", "crm:2")
    assert "near" not in drawn(pair)


def test_who_is_astray_must_be_in_the_sample(pair: DecidingHouse) -> None:
    sample = drawn(pair)["merged"]
    for astray in ([pair.seed("crm:2")], sample.left_members):
        with pair.database.begin() as connection, pytest.raises(InputError):
            auditing.judge(connection, ADA, sample, Verdict.DIFFERENT, astray=astray)


def test_a_file_goes_out_and_comes_back(pair: DecidingHouse, tmp_path: Path) -> None:
    samples, file = drawn(pair), tmp_path / "audit.csv"
    with pair.database.begin() as connection:
        audit_files.write(file, auditing.shown(connection, ADA, list(samples.values())))
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["phones"] for row in rows} == {"", "'+442079460018"}
    persons: dict[int, int] = defaultdict(int)
    for row in rows:
        persons[int(row["sample"])] += row["side"] == ""
        row["person"] = str(persons[int(row["sample"])]) if row["side"] == "" else "1"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    audit = samples["merged"].audit_id
    said = audit_files.read(file, audit)
    with pair.database.begin() as connection:
        made = {
            kind: auditing.judge_persons(connection, ADA, one, said[one.number][0])
            for kind, one in samples.items()
        }
    assert made["merged"] is not None
    assert (made["merged"].verdict, made["merged"].wrong_pairs) == ("different", 1)
    assert made["near"] is not None
    assert made["near"].verdict == "same"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_comes_back_as_spreadsheets_save_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    audit, seed = UUID(int=1), UUID(int=2)
    file = tmp_path / "audit.csv"
    rows = [["audit", "sample", "person", "note", "id"], [str(audit), "7", "1", "José, café", str(seed)]]
    with file.open("w", encoding=encoding, newline="") as opened:
        csv.writer(opened, delimiter=delimiter).writerows(rows)
    assert audit_files.read(file, audit) == {7: ({seed: "1"}, "José, café")}


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "audit,sample,person,id\n00000000-0000-0000-0000-000000000009,1,1,x\n",
        "audit,sample,person,id\n00000000-0000-0000-0000-000000000001,one,1,x\n",
        "",
    ],
)
def test_a_spoilt_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "audit.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        audit_files.read(file, UUID(int=1))


def test_a_sample_half_judged_is_refused_and_one_unsure_counts_as_unsure(pair: DecidingHouse) -> None:
    sample = drawn(pair)["merged"]
    one, other = sample.left_members
    with pair.database.begin() as connection:
        with pytest.raises(InputError):
            auditing.judge_persons(connection, ADA, sample, {one: "1", other: ""})
        made = auditing.judge_persons(connection, ADA, sample, {one: "1", other: "?"})
        assert made is not None
        assert made.verdict == "unsure"
        assert auditing.judge_persons(connection, ADA, sample, {one: "", other: ""}) is None


def test_before_the_first_night_there_is_nothing_to_draw_from(house: DecidingHouse) -> None:
    with pytest.raises(InputError):
        drawn(house)
    with house.database.begin() as connection, pytest.raises(NotFound):
        audits.get(connection)


def test_a_night_estimates_until_an_audit_of_its_model_was_judged(house: DecidingHouse) -> None:
    found = Audited(house, 150, 21, 60, 20)
    before = house.merges().quality
    assert before["basis"] == "estimated"
    share, low, high = before["wrong_merges"]
    assert 0 <= low <= share <= high <= 1
    found.judged_by_the_truth()
    after = house.merges()
    said = found.measured
    assert after.quality["basis"] == f"measured on {said.judged} audited decisions"
    assert after.quality["wrong_merges"][0] == said.wrong_merges.share
    assert "audited" in after.in_words()
    assert house.merges(link_probability=0.6).quality["basis"] == "estimated"

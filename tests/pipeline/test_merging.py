"""Nights on real Postgres: what is served after each, what is written, and what is asked."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dedupe.errors import LockHeld, NotFound, UsageError
from dedupe.golden.gate import GateLimits
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import MERGE_LOCK
from dedupe.storage import merge_runs
from tests.house import House, contact, house

__all__ = ["house"]

JO_CRM = contact("crm:1", name="Joan Doe", email="joan.doe@x.org", phone="+44 20 7946 0958", day=1)
JO_MAIL = contact("mail:9", name="Joan Doe", email="joan.doe@x.org", day=2)
SAM = contact("crm:2", name="Samuel Vimes", email="sam@watch.org", day=1)


def test_the_same_person_in_two_sources_is_one_golden_contact(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL, SAM)
    report = house.merges()
    assert report.status == "published"
    assert house.golden_of("crm:1") == house.golden_of("mail:9") != house.golden_of("crm:2")
    record = house.record_of("mail:9")
    assert (record["display_name"], record["emails"]) == ("Joan Doe", ["joan.doe@x.org"])
    assert record["phones"] == ["+442079460958"]
    assert (report.golden["made"], report.links["links"]) == (2, 1)


def test_a_night_without_news_writes_nothing_and_says_so(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL, SAM)
    house.merges()
    before, rows = house.state(), house.rows()
    report = house.merges()
    assert (report.status, report.rows_written) == ("unchanged", 0)
    assert "nothing was written" in report.in_words()
    assert house.state() == before
    assert house.rows() == rows | {"merge_runs": 2}


def test_a_second_night_changes_only_what_is_new(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL, SAM)
    house.merges()
    house.collected(contact("crm:2", name="Samuel Vimes", email="sam@watch.org", job_title="Commander"))
    report = house.merges()
    assert (report.golden["changed"], report.golden["unchanged"]) == (1, 1)
    assert report.written["golden_contacts"] == 1
    assert report.written["golden_emails"] == report.written["links"] == 0
    (event,) = house.events()[2:]
    assert (event["kind"], event["cause"]) == ("changed", "contact")


def test_a_decision_outlives_the_nightly_merge(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL)
    house.decided("crm:1", "mail:9", Verdict.DIFFERENT)
    for _ in range(2):
        house.merges()
        assert house.golden_of("crm:1") != house.golden_of("mail:9")


def test_a_revoked_decision_no_longer_holds(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL)
    decision = house.decided("crm:1", "mail:9", Verdict.DIFFERENT)
    house.merges()
    house.revoked(decision)
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("mail:9")
    assert [(each["kind"], each["cause"]) for each in house.events()[2:]] == [
        ("merged", "decision"),
        ("retired", "decision"),
    ]


def test_who_is_decided_to_be_one_is_one_though_nothing_matches(house: House) -> None:
    house.collected(JO_CRM, SAM)
    house.decided("crm:1", "crm:2", Verdict.SAME)
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("crm:2")


def test_a_merge_keeps_the_oldest_id_and_a_split_brings_the_other_back(house: House) -> None:
    house.collected(JO_CRM)
    house.collected(SAM)
    house.merges()
    jo, sam = house.golden_of("crm:1"), house.golden_of("crm:2")
    decision = house.decided("crm:1", "crm:2", Verdict.SAME)
    house.merges()
    assert house.golden_of("crm:2") == jo
    house.revoked(decision)
    house.merges()
    assert (house.golden_of("crm:1"), house.golden_of("crm:2")) == (jo, sam)
    kinds = [each["kind"] for each in house.events()]
    assert kinds == ["made", "made", "merged", "retired", "split", "revived"]


def test_a_golden_contact_keeps_its_id_when_its_oldest_member_goes_and_comes_back(house: House) -> None:
    house.collected(JO_CRM)
    house.collected(JO_MAIL, SAM)
    house.merges()
    jo = house.golden_of("crm:1")
    house.vanished("crm:1")
    house.merges()
    assert (house.golden_of("mail:9"), house.golden_of("crm:1")) == (jo, None)
    house.collected(JO_CRM)
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("mail:9") == jo


def test_a_golden_contact_without_members_is_retired_and_comes_back_with_its_id(house: House) -> None:
    house.collected(JO_CRM, SAM)
    house.merges()
    sam = house.golden_of("crm:2")
    house.vanished("crm:2")
    report = house.merges()
    assert (report.golden["retired"], house.golden_of("crm:2")) == (1, None)
    house.collected(SAM)
    report = house.merges()
    assert (report.golden["revived"], house.golden_of("crm:2")) == (1, sam)


def test_a_rebuild_from_facts_serves_the_same_with_the_same_ids(house: House) -> None:
    house.collected(JO_CRM)
    house.collected(JO_MAIL, SAM)
    house.merges()
    house.vanished("crm:1")
    house.merges()
    before = house.state()
    house.forgets_all_but_facts()
    house.merges()
    assert house.state() == before


def test_night_by_night_serves_what_all_at_once_serves(house: House) -> None:
    house.collected(JO_CRM)
    house.merges()
    house.collected(JO_MAIL)
    house.merges()
    house.collected(SAM)
    house.merges()
    in_turn = house.state()
    house.forgets_all_but_facts()
    house.merges()
    assert house.state() == in_turn


def test_a_plan_shows_what_would_change_and_publishes_nothing(house: House) -> None:
    house.collected(JO_CRM, JO_MAIL)
    report = house.merges(plan=True)
    assert (report.status, report.golden["made"], report.written) == ("planned", 1, {})
    assert house.golden_of("crm:1") is None
    assert house.publishes(report.run_id).status == "published"
    assert house.golden_of("crm:1") is not None


STRICT = GateLimits(max_share_gone=0.1, fewest=1)


def test_a_night_over_a_limit_is_held_back_and_the_old_state_stays_served(house: House) -> None:
    house.collected(JO_CRM, SAM)
    house.merges()
    before = house.state()
    house.vanished("crm:2")
    report = house.merges(limits=STRICT)
    assert report.status == "held"
    assert "max_share_gone" in report.held_for[0]
    assert house.state() | {"contacts": []} == before | {"contacts": []}


def test_a_night_held_back_is_published_when_a_person_says_so(house: House) -> None:
    house.settings = MergeSettings(limits=STRICT)
    house.collected(JO_CRM, SAM)
    house.merges()
    house.vanished("crm:2")
    held = house.merges()
    assert house.publishes(held.run_id).status == "published"
    assert house.golden_of("crm:2") is None
    with pytest.raises(UsageError, match="superseded"):
        house.publishes(held.run_id)


def test_what_became_worse_since_it_was_held_back_is_held_back_again(house: House) -> None:
    house.settings = MergeSettings(limits=STRICT)
    house.collected(*(contact(f"crm:{n}", name=f"Person {n}", email=f"{n}@x.org") for n in range(10)))
    house.merges()
    house.vanished("crm:1", "crm:2")
    held = house.merges()
    house.vanished("crm:3", "crm:4", "crm:5")
    assert house.publishes(held.run_id).status == "held"


def test_only_a_run_that_waits_can_be_published(house: House) -> None:
    house.merges()
    done = house.merges()
    with pytest.raises(UsageError, match="unchanged"):
        house.publishes(done.run_id)
    with pytest.raises(NotFound):
        house.publishes("00000000-0000-7000-8000-000000000000")


def test_one_merge_at_a_time(house: House) -> None:
    with house.database.lock(MERGE_LOCK), pytest.raises(LockHeld):
        house.merges()


def test_a_killed_run_is_marked_and_the_next_one_completes(house: House) -> None:
    house.collected(JO_CRM)
    killed = uuid4()
    with house.database.begin() as connection:
        merge_runs.start(connection, killed, "night", "", "", None)
    assert house.merges().status == "published"
    with house.database.begin() as connection:
        assert merge_runs.get(connection, killed).status == "failed"


def test_doubtful_pairs_are_asked_until_they_are_decided(house: House) -> None:
    house.collected(
        contact("crm:1", name="Joan Doe", phone="+44 20 7946 0958", email="joan@a.org"),
        contact("mail:9", name="John Doe", phone="+44 20 7946 0958", email="jd@b.org"),
    )
    report = house.merges(review_probability=0.0001, link_probability=0.9999)
    assert report.review["candidates"] == 1
    house.decided("crm:1", "mail:9", Verdict.DIFFERENT)
    assert house.merges(review_probability=0.0001, link_probability=0.9999).review["candidates"] == 0


def test_a_shared_mailbox_links_nobody_from_the_next_night_on(house: House) -> None:
    two = [contact(key, name="Joan Doe", email="joan.doe@x.org") for key in ("crm:1", "mail:9")]
    house.collected(*two)
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("mail:9")
    decision = house.judged("email", "joan.doe@x.org", ValueVerdict.SHARED)
    house.merges()
    assert house.golden_of("crm:1") != house.golden_of("mail:9")
    house.revoked(decision)
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("mail:9")


def test_a_phone_that_is_no_longer_theirs_is_not_shown_as_theirs(house: House) -> None:
    house.collected(JO_CRM)
    house.merges()
    house.judged("phone", "+442079460958", ValueVerdict.NOT_THEIRS, "crm:1")
    house.merges()
    assert house.record_of("crm:1")["phones"] == []


def test_survivorship_rules_changed_by_configuration_say_so(house: House) -> None:
    house.collected(JO_CRM, contact("mail:9", name="Joan B. Doe", email="joan.doe@x.org"))
    house.merges(rules=SurvivorshipRules(trusted_sources=("crm",)))
    house.merges(rules=SurvivorshipRules(trusted_sources=("mail",)), configuration_hash="2")
    (event,) = house.events()[1:]
    assert (event["kind"], event["cause"]) == ("changed", "configuration")


def test_only_persons_become_golden(house: House) -> None:
    house.collected(JO_CRM, contact("crm:7", name="Sales", kind="group"))
    house.merges()
    assert house.golden_of("crm:7") is None


def test_a_full_merge_writes_everything_again_and_tells_of_no_change(house: House) -> None:
    house.collected(JO_CRM, SAM)
    house.merges()
    before = house.state()
    report = house.merges(full=True)
    assert (report.written["golden_contacts"], report.written["golden_events"]) == (2, 0)
    assert house.state() == before


def test_the_report_tells_time_and_memory_of_each_stage(house: House) -> None:
    house.collected(JO_CRM)
    told = house.merges().to_json()
    assert [each["name"] for each in told["stages"]] == [
        "load",
        "learn",
        "match, cluster, merge",
        "stage and compare",
        "reread",
        "publish",
    ]
    assert all(each["peak_mb"] > 0 for each in told["stages"])

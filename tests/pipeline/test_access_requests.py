"""The answer to a request for access: everything stored of a person, and nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, select

from dedupe.errors import NotFound
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline import access_requests
from dedupe.pipeline.access_requests import AccessAnswer, AccessRules, ErasedMeanwhile, SeveralPeople
from dedupe.pipeline.access_scope import AccessQuery
from dedupe.pipeline.erasure import erase
from dedupe.pipeline.importing import import_file
from dedupe.review import rollback
from dedupe.review.publish_decision import PublishRules
from dedupe.review.restored_state import maker
from dedupe.storage import person_rows, tables
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from tests.house import contact
from tests.pipeline.test_erased_history import KEY, SETTINGS, ImportingHouse
from tests.pipeline.text_search import held
from tests.review.deciding_house import DecidingHouse

DANA = Visitor("Dana Privacy", "cli")
RULES = AccessRules(SETTINGS, erasure_key=KEY)


@pytest.fixture
def house(database: Database) -> DecidingHouse:
    """Ann stands in two sources; Bo and Cy share a line; Zoe is somebody else."""
    house = DecidingHouse(database)
    house.collected(
        contact("crm:ann-1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("mail:ann-9", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("crm:bo-2", name="Bo Ray", email="bo@x.org", phone="+442079460002"),
        contact("crm:cy-3", name="Cyprian Dow", email="cy@x.org", phone="+442079460002"),
        contact("crm:zoe-4", name="Zoe Quarles", email="zoe@x.org", phone="+442079460003"),
    )
    house.merges()
    return house


def answered(house: DecidingHouse, *keys: str, rules: AccessRules = RULES, **options: Any) -> AccessAnswer:
    return access_requests.answer(house.database, DANA, AccessQuery(keys, **options), rules)


def included(answer: AccessAnswer) -> list[str]:
    return [one.key for one in answer.scope.included]


def text_of(answer: AccessAnswer) -> str:
    return access_requests.as_json(answer.document).decode()


def left_out(answer: AccessAnswer) -> dict[str, int]:
    return {one["what"]: one["count"] for one in answer.document["left_out"]}


# --- everything ---


def test_every_column_that_is_marked_as_personal_is_reached() -> None:
    assert person_rows.unreached() == set()


def test_a_marked_column_of_a_table_that_nobody_thought_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(person_rows.OF_NOBODY, "api_tokens")
    assert person_rows.unreached() == {"api_tokens.name"}


def test_whatever_column_is_added_to_a_table_is_in_the_answer(house: DecidingHouse) -> None:
    with house.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE dedupe.contacts ADD COLUMN shoe_size TEXT DEFAULT 'size 47'")
    assert '"shoe_size": "size 47"' in text_of(answered(house, "ann@x.org"))


@pytest.mark.parametrize("needle", ["Ann Lee", "ann@x.org", "+442079460001", "ann-9", "her own sister"])
def test_where_the_database_holds_something_of_a_person_the_answer_does(
    house: DecidingHouse, needle: str
) -> None:
    house.collected(contact("crm:ann-1", name="Ann Lee", email="ann@x.org", company="Granite", day=2))
    house.merges()
    house.judged("email", "ann@x.org", ValueVerdict.PLACEHOLDER)
    with house.acting() as acting:
        acting.confirm(house.golden("crm:ann-1"), note="Ann is her own sister")
    places = [place.split(".") for place in held(house.database, needle)]
    data = answered(house, "ann@x.org").document["data"]
    marked = [
        table
        for table, column in places
        if not isinstance(tables.metadata.tables[f"dedupe.{table}"].c[column].type, LargeBinary)
    ]
    assert marked
    told = {name: json.dumps(part, ensure_ascii=False) for name, part in data.items()}
    assert [table for table in marked if needle not in told.get(table, "")] == []


def test_it_says_why_contacts_are_one_and_who_looked_and_to_whom_it_went(house: DecidingHouse) -> None:
    house.served(house.golden("crm:ann-1"))
    document = answered(house, "ann@x.org").document
    assert document["data"]["links"]["rows"][0]["probability"] > 0.9
    assert document["data"]["access_log"]["rows"][0]["action"] == "lookup"
    assert document["information"]["recipients"]["seen"] == [{"door": "api", "action": "lookup", "times": 1}]
    assert document["information"]["sources"] == [
        {"source": "crm", "provider": "file", "source_contacts": 1},
        {"source": "mail", "provider": "file", "source_contacts": 1},
    ]
    assert "email addresses" in document["information"]["categories"]


@pytest.mark.parametrize("key", ["+44 20 7946 0001", "crm:ann-1", "Ann@X.org"])
def test_one_is_found_by_whatever_they_are_known_by(house: DecidingHouse, key: str) -> None:
    assert included(answered(house, key)) == ["crm:ann-1", "mail:ann-9"]


def test_one_is_found_by_a_golden_id(house: DecidingHouse) -> None:
    assert included(answered(house, str(house.golden("crm:ann-1")))) == ["crm:ann-1", "mail:ann-9"]
    with pytest.raises(NotFound):
        answered(house, str(UUID(int=7)))


def test_of_nobody_the_answer_says_that_nothing_is_held(house: DecidingHouse) -> None:
    document = answered(house, "nobody@x.org").document
    assert (document["data_held"], document["data"]) == (False, {})
    erase(house.database, SETTINGS, KEY, ["zoe@x.org"], unshow=house.unshow)
    kept = answered(house, "zoe@x.org").document["data"]
    assert list(kept) == ["suppression_list"]


def test_an_answer_is_written_into_the_access_log(house: DecidingHouse) -> None:
    golden = house.golden("crm:ann-1")
    answered(house, "ann@x.org")
    with house.database.begin() as connection:
        [line] = connection.execute(tables.access_log.select()).mappings()
    assert (line["who"], line["action"], line["golden_ids"]) == ("Dana Privacy", "access request", [golden])


# --- nothing of anybody else ---


def test_what_several_people_hold_chooses_none_of_them(house: DecidingHouse) -> None:
    with pytest.raises(SeveralPeople, match="2 people"):
        answered(house, "+442079460002")
    shown = access_requests.preview(house.database, AccessQuery(("+442079460002",)), RULES)
    assert (shown.included, {one.key for one in shown.aside}) == ([], {"crm:bo-2", "crm:cy-3"})
    with house.database.begin() as connection:
        assert not connection.execute(tables.access_log.select()).all()


@pytest.mark.parametrize("more", [{"only": ("crm:bo-2",)}, {"key": "bo@x.org"}])
def test_who_else_holds_a_value_is_not_given_away(house: DecidingHouse, more: dict[str, Any]) -> None:
    keys = ["+442079460002", *([more.pop("key")] if "key" in more else [])]
    answer = answered(house, *keys, **more)
    assert included(answer) == ["crm:bo-2"]
    assert "+442079460002" in text_of(answer)
    for word in ("Cyprian", "cy@x.org", "cy-3", str(house.seed("crm:cy-3"))):
        assert word not in text_of(answer), word
    assert left_out(answer)["other source contacts that hold an asked value, or share a golden contact"] == 1


def test_of_a_wrong_merge_nothing_of_the_stranger_is_given_away(house: DecidingHouse) -> None:
    house.decides(Verdict.SAME, "crm:ann-1", "crm:zoe-4")
    house.collected(contact("crm:zoe-4", name="Zoe Quarles", email="zoe@x.org", city="Zermatt", day=2))
    house.merges()
    assert house.golden_of("crm:ann-1") == house.golden_of("crm:zoe-4")
    whole = answered(house, "ann@x.org")
    assert included(whole) == ["crm:ann-1", "crm:zoe-4", "mail:ann-9"]
    mine = answered(house, "ann@x.org", only=("crm:ann-1", "mail:ann-9"))
    for word in ("Zoe", "Quarles", "zoe@x.org", "+442079460003", "zoe-4", "Zermatt"):
        assert word in text_of(whole), word
        assert word not in text_of(mine), word
    assert str(house.seed("crm:zoe-4")) not in text_of(mine)
    assert left_out(mine)["what golden contacts show of other source contacts"] > 0


def test_after_a_wrong_merge_is_split_its_history_gives_nobody_away(house: DecidingHouse) -> None:
    decided = house.decides(Verdict.SAME, "crm:ann-1", "crm:zoe-4")
    house.takes_back(decided)
    assert "golden_versions.content" in held(house.database, "Quarles")
    mine = text_of(answered(house, "ann@x.org"))
    assert "Quarles" not in mine
    assert "zoe@x.org" not in mine
    assert "golden_versions" in mine


def test_notes_of_decisions_about_others_as_well_stay_and_those_to_be_looked_at_are_named(
    house: DecidingHouse,
) -> None:
    with house.acting() as acting:
        acting.confirm(house.golden("crm:ann-1"), note="she rang us")
    answer = answered(house, "ann@x.org")
    assert "she rang us" in text_of(answer)
    assert answer.document["look_at_before_handing_out"] == ["data.decisions.rows[0].note"]
    house.decided("crm:ann-1", "crm:zoe-4", Verdict.DIFFERENT)
    with house.database.begin() as connection:
        noted = "UPDATE dedupe.decisions SET note = 'her husband' WHERE verdict = 'different'"
        connection.exec_driver_sql(noted)
    answer = answered(house, "ann@x.org")
    assert "her husband" not in text_of(answer)
    assert left_out(answer)["notes that are about other people as well"] == 1


def test_those_who_worked_with_it_are_named_only_where_they_are_asked_for(house: DecidingHouse) -> None:
    house.decided("crm:ann-1", "mail:ann-9", Verdict.SAME, by="Kim Worker")
    answer = answered(house, "ann@x.org")
    assert "Kim Worker" not in text_of(answer)
    assert answer.document["data"]["decisions"]["rows"][0]["decided_by"] == "staff 1"
    assert "Kim Worker" in text_of(answered(house, "ann@x.org", staff=True))


def test_a_run_that_was_taken_back_tells_no_note_that_is_about_others_as_well(house: DecidingHouse) -> None:
    taken_back(house, "crm:ann-1", note="Ann and a stranger")
    answer = answered(house, "ann@x.org", only=("crm:ann-1", "mail:ann-9"))
    [told] = answer.document["data"]["rollbacks"]["rows"]
    assert (told["rolled_back_by"], told["note"]) == ("staff 1", None)


def test_a_run_that_touched_them_alone_and_was_taken_back_is_told_whole(house: DecidingHouse) -> None:
    house.collected(contact("crm:bo-2", name="Bo Ray", email="bo@x.org", city="Bern", day=2))
    rolled_back(house, house.merges().run_id, note="Bo alone")
    alone = answered(house, "bo@x.org").document
    assert alone["data"]["rollbacks"]["rows"][0]["note"] == "Bo alone"
    assert "data.rollbacks.rows[0].note" in alone["look_at_before_handing_out"]


def test_what_runs_replaced_and_why_events_came_names_no_stranger(house: DecidingHouse) -> None:
    taken_back(house, "crm:zoe-4")
    answer = answered(house, "ann@x.org", only=("crm:ann-1", "mail:ann-9"))
    data = answer.document["data"]
    assert any(house.seed("crm:zoe-4") in one for one in reasons(house))
    assert "golden_events" in data
    assert str(house.seed("crm:zoe-4")) not in text_of(answer)


def taken_back(house: DecidingHouse, key: str, note: str = "") -> None:
    """A night took Zoe for Ann because one of them changed, and was rolled back."""
    ann, zoe = ("Ann Lee", "ann@x.org"), ("Zoe Quarles", "zoe@x.org")
    name, email = ann if key == "crm:zoe-4" else zoe
    house.collected(contact(key, name=name, email=email, day=2))
    rolled_back(house, house.merges().run_id, note)


def rolled_back(house: DecidingHouse, run: str, note: str) -> None:
    with rollback.alone(house.database) as connection:
        made = maker(house.scorer, PublishRules())
        rollback.roll_back(connection, made, Visitor("Kim Worker", "cli"), UUID(run), note)


def reasons(house: DecidingHouse) -> list[list[UUID]]:
    with house.database.begin() as connection:
        return list(connection.execute(select(tables.golden_events.c.because)).scalars())


def test_whoever_held_a_value_before_is_told_and_left_out(database: Database, tmp_path: Any) -> None:
    house = ImportingHouse(database, tmp_path)
    house.shows("one@x.org", "two@x.org")
    answer = answered(house, "one@x.org")
    assert [(one.key, one.held_before) for one in answer.scope.aside] == [("crm:1", True)]
    assert (answer.document["data_held"], included(answer)) == (False, [])
    assert "one@x.org" in text_of(answered(house, "crm:1"))


def test_rows_that_could_not_be_read_are_in_it_unless_they_name_others(
    database: Database, tmp_path: Any
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "id,email\n1,jo@x.org\n2,jo@x.org,too,many\n3,jo@x.org,bo@x.org,many\n4,zoe@x.org,too,many\n"
    )
    import_file(database, file, SETTINGS, "list")
    house = DecidingHouse(database)
    answer = answered(house, "jo@x.org")
    rows = answer.document["data"]["quarantine"]["rows"]
    assert ["bo@x.org" in text_of(answer), "zoe@x.org" in text_of(answer)] == [False, False]
    assert rows
    assert left_out(answer)["unreadable rows that name other addresses as well"] == 1
    assert "data.quarantine.rows[0].content" in answer.document["look_at_before_handing_out"]


# --- two at once ---


class ErasingWhenAsked(Mapping[str, SourceSettings]):
    """A configuration during whose reading somebody else erases the person."""

    def __init__(self, house: DecidingHouse, what: str = "crm:ann-1") -> None:
        self.house, self.what, self.done = house, what, False

    def __getitem__(self, name: str) -> SourceSettings:
        if not self.done:
            self.done = True
            erase(self.house.database, SETTINGS, KEY, [self.what], unshow=self.house.unshow)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_who_is_erased_while_the_answer_is_made_is_in_no_answer(house: DecidingHouse) -> None:
    rules = AccessRules(SETTINGS, ErasingWhenAsked(house))
    with pytest.raises(ErasedMeanwhile):
        answered(house, "ann@x.org", rules=rules)
    assert included(answered(house, "ann@x.org")) == ["mail:ann-9"]


def test_a_value_that_is_erased_while_the_answer_is_made_is_in_no_answer(
    database: Database, tmp_path: Any
) -> None:
    house = ImportingHouse(database, tmp_path)
    house.shows("one@x.org", "two@x.org")
    with pytest.raises(ErasedMeanwhile):
        answered(house, "two@x.org", rules=AccessRules(SETTINGS, ErasingWhenAsked(house, "one@x.org")))
    assert "one@x.org" not in text_of(answered(house, "two@x.org"))


def test_a_payload_that_utf8_cannot_hold_is_answered_as_json(house: DecidingHouse) -> None:
    house.collected(contact("crm:zoe-4", name="Zoe Quarles", email="zoe@x.org", note="\ud83d half"))
    answer = answered(house, "zoe@x.org")
    assert "\ud83d half" in json.dumps(json.loads(text_of(answer)), ensure_ascii=False)

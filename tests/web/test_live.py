"""Sources tell changes over HTTP: by source and external id, and by signed webhooks."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.webhook_settings import WebhookSettings
from dedupe.storage import held_contacts, told_changes
from dedupe.storage.database import Database
from dedupe.storage.held_contacts import HeldComponent
from dedupe.storage.tables import quarantine
from dedupe.storage.tokens import Scope
from dedupe.web import api_live, told_together
from dedupe.wiring.live_worker import LiveWorker
from tests.pipeline.collecting_house import count
from tests.pipeline.telling_house import DESK, FORMS, TellingHouse
from tests.pipeline.test_live_merging import LiveHouse
from tests.web.conftest import Open

SECRET = "whsec-4f1c"
SHOP = SourceSettings(
    "shop",
    "acme",
    secrets={"token": "t"},
    mapping={"full_name": "name", "email": "mail"},
    options={"url": "http://127.0.0.1:9/people", "paging": "none", "updated_at": "changed"},
    webhook=WebhookSettings(
        SECRET, each="events", contact="person", deleted="type == 'person.deleted'", as_of="at"
    ),
)
SIGNED_DESK = replace(DESK, webhook=WebhookSettings(SECRET))


class Told:
    """A served house and a client that tells it things."""

    def __init__(self, database: Database, opened: Open, **options: Any) -> None:
        self.house = TellingHouse(database, FORMS, SIGNED_DESK, SHOP)
        self.news = 0
        self.house.intake.stored = self._stored
        self.client = opened(live=self.house.intake, **options)

    def _stored(self) -> None:
        self.news += 1

    def tells(self, *rows: object, source: str = "forms", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            "/v1/source-contacts", json={"source": source, "contacts": list(rows)}, headers=named
        )

    def delivers(
        self, source: str, body: object, *, secret: str = SECRET, sent: float | None = None, **headers: str
    ) -> httpx.Response:
        content = json.dumps(body).encode()
        moment = str(int(time.time() if sent is None else sent))
        signature = hmac.digest(secret.encode(), f"{moment}.".encode() + content, "sha256").hex()
        name = "Chatwoot" if source == "desk" else "Dedupe"
        signed = {f"X-{name}-Timestamp": moment, f"X-{name}-Signature": f"sha256={signature}", **headers}
        return self.client.post(f"/v1/webhooks/{source}", content=content, headers=signed)


@pytest.fixture
def told(database: Database, opened: Open) -> Told:
    return Told(database, opened)


def outcomes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 202, answer.text
    return [one["outcome"] for one in answer.json()["results"]]


def ann(**more: object) -> Mapping[str, object]:
    return {"external_id": "1", "contact": {"full_name": "Ann Lee", **more}}


def contact_updated(**fields: object) -> dict[str, object]:
    account = {"id": 42, "name": "Support"}
    return {"event": "contact_updated", "id": 7, "account": account, "name": "Ann Lee", **fields}


def test_a_batch_is_taken_and_its_broken_rows_are_answered_with_their_reason(told):
    answer = told.tells(
        ann(),
        {"external_id": "2"},
        {"external_id": "3", "contact": {"full_name": "Bo"}, "deleted": True},
        {"external_id": "4", "contact": "Bo"},
        "no row",
        {"external_id": "5", "contact": {"full_name": "Cy"}, "colour": "red"},
        {"external_id": "6", "contact": {"full_name": "Di"}},
    )
    assert outcomes(answer) == ["new", *["refused"] * 5, "new"]
    assert all(one["reason"] for one in answer.json()["results"][1:6])
    assert answer.json()["counts"] == {"new": 2, "refused": 5}
    assert sorted(told.house.held("forms")) == ["1", "6"]
    assert told.news == 1


def test_the_same_key_with_the_same_request_acts_once(told, database):
    first = told.tells(ann(), Idempotency_Key="k1")
    again = told.tells(ann(), Idempotency_Key="k1")
    assert outcomes(first) == ["new"]
    assert again.json() == first.json()
    assert told.tells(ann(email="a@x.org"), Idempotency_Key="k1").status_code == 409
    assert told.news == 1


def test_an_answer_repeats_nothing_of_what_was_sent(told):
    answer = told.tells({"external_id": "secret-id", "contact": "secret-name"}, {"secret-key": 1})
    assert "secret" not in answer.text


def test_a_source_that_there_is_not_is_not_found(told):
    assert told.tells(ann(), source="nowhere").status_code == 404


def test_telling_needs_a_scope_of_its_own(database, opened, token):
    told = Told(database, opened, tokens_required=True)
    assert told.tells(ann()).status_code == 401
    assert told.tells(ann(), **token(Scope.REVIEW)).status_code == 403
    header = token(Scope.INTAKE)
    assert outcomes(told.tells(ann(), **header)) == ["new"]
    assert told.client.post("/v1/lookup", json={"email": "a@x.org"}, headers=header).status_code == 403


def test_numbers_that_no_json_has_are_kept_as_text(told):
    contact = b'{"name": "Ann", "a": NaN, "b": 1e999}'
    body = b'{"source": "forms", "contacts": [{"external_id": "1", "contact": %s}]}' % contact
    answer = told.client.post(
        "/v1/source-contacts", content=body, headers={"Content-Type": "application/json"}
    )
    assert outcomes(answer) == ["new"]
    assert told.house.held("forms")["1"] == {"name": "Ann", "a": "NaN", "b": "1e999"}


def test_columns_that_nobody_reads_are_told(told):
    mine = {"full_name": "Ann Lee", "E-Mail": "ann@example.org", "shoe size": "38", "phon": "+12025550123"}
    odd = {"full_name": "Bo", "shoe size": "40", "bo@example.org": "x", "nothing": ""}
    answer = told.tells({"external_id": "1", "contact": mine}, {"external_id": "2", "contact": odd})
    assert outcomes(answer) == ["new", "new"]
    assert answer.json()["columns_not_read"] == {"shoe size": 2, "phon": 1, "(another)": 1}
    assert "example.org" not in answer.text


def test_a_contact_that_says_nothing_of_a_person_is_refused_and_kept_aside(told, database):
    answer = told.tells(
        {"external_id": "1", "contact": {"e_mial": "ann@example.org"}},
        {"external_id": "2", "contact": {"full_name": " ", "email": "", "phone": None}},
        {"external_id": "3", "contact": {"language": "en", "updated_at": "2026-03-01"}},
        {"external_id": "4", "contact": {}},
        {"external_id": "5", "contact": {"emails": [{"address": "bo@example.org"}]}},
    )
    assert outcomes(answer) == ["refused"] * 4 + ["new"]
    assert all("nothing of a person" in one["reason"] for one in answer.json()["results"][:4])
    assert sorted(told.house.held("forms")) == ["5"]
    with database.begin() as connection:
        assert len(connection.execute(select(quarantine.c.content)).all()) == 4


def test_a_signed_event_is_taken_over_what_a_walk_has_seen(told):
    answer = told.delivers("desk", contact_updated(email="ann@x.org", avatar="https://x.org/a.png"))
    assert outcomes(answer) == ["new"]
    assert told.house.held("desk") == {"7": {"id": 7, "name": "Ann Lee", "email": "ann@x.org"}}
    assert outcomes(told.delivers("desk", contact_updated(phone_number="+12025550123"))) == ["changed"]
    assert told.house.held("desk")["7"]["email"] == "ann@x.org"


def test_a_delivery_that_is_not_the_sources_own_is_refused(told):
    event = contact_updated()
    assert told.delivers("desk", event, secret="another").status_code == 401
    assert told.delivers("desk", event, sent=time.time() - 301).status_code == 401
    assert told.delivers("desk", event, sent=time.time() + 301).status_code == 401
    assert told.delivers("forms", event).status_code == 401
    assert told.delivers("nowhere", event).status_code == 401
    assert told.client.post("/v1/webhooks/desk", json=event).status_code == 401
    assert told.house.held("desk") == {}


def test_a_replayed_delivery_is_refused(told):
    sent = time.time() - 60
    assert outcomes(told.delivers("desk", contact_updated(), sent=sent)) == ["new"]
    assert told.delivers("desk", contact_updated(), sent=sent).status_code == 409
    assert outcomes(told.delivers("desk", contact_updated(name="Anna"))) == ["changed"]


def test_a_delivery_of_nonsense_stores_nothing(told, database):
    assert outcomes(told.delivers("desk", [])) == []
    assert outcomes(told.delivers("shop", {"events": ["x", {"person": 7}]})) == ["refused", "refused"]
    assert count(database, "source_contacts") == 0


def test_events_come_out_of_order_and_the_newest_stays(told):
    def changed(at: str, name: str) -> dict[str, object]:
        attributes = [{"updated_at": {"previous_value": None, "current_value": at}}]
        return contact_updated(name=name, changed_attributes=attributes)

    assert outcomes(told.delivers("desk", changed("2026-03-01T12:00:02Z", "Anna"))) == ["new"]
    assert outcomes(told.delivers("desk", changed("2026-03-01T12:00:01Z", "Ann"))) == ["outdated"]
    assert told.house.held("desk")["7"]["name"] == "Anna"


def test_events_about_other_things_and_other_accounts_change_nothing(told):
    assert outcomes(told.delivers("desk", {"event": "message_created", "id": 7})) == []
    assert told.delivers("desk", contact_updated(account={"id": 43})).status_code == 422
    assert told.house.held("desk") == {}


def test_a_declared_source_tells_by_where_its_configuration_says(told):
    person = {"id": 5, "name": "Ann Lee", "mail": "ann@x.org", "changed": "2026-03-01T12:00:00Z"}
    made = {"type": "person.created", "person": person, "at": "2026-03-01T12:00:00Z"}
    gone = {"type": "person.deleted", "person": {"id": 5}, "at": "2026-03-01T13:00:00Z"}
    assert outcomes(told.delivers("shop", {"events": [made]})) == ["new"]
    assert told.house.held("shop") == {"5": person}
    assert outcomes(told.delivers("shop", {"events": [gone, {"type": "?"}]})) == ["deleted", "refused"]
    assert told.house.held("shop") == {}


def test_what_waits_to_be_merged_is_told(told):
    told.tells(ann())
    assert told.client.get("/readyz").json()["backlog"] == 1
    assert "dedupe_live_backlog 1.0" in told.client.get("/metrics").text


def test_what_is_held_back_is_told(told, database):
    told.tells(ann())
    with database.begin() as connection:
        [one] = told_changes.waiting(connection, 1)
        component = HeldComponent(
            frozenset([str(one.source_contact_id)]), frozenset([str(one.source_contact_id)])
        )
        held_contacts.hold(connection, one.source_id, [component], datetime.now(UTC))
    told_now = told.client.get("/readyz").json()
    assert (told_now["backlog"], told_now["held"]) == (0, 1)
    metrics = told.client.get("/metrics").text
    assert "dedupe_live_held_components 1.0" in metrics
    assert "dedupe_live_held_contacts 1.0" in metrics


def test_what_is_told_over_http_is_shown_by_lookup_within_moments(database, opened):
    house = LiveHouse(database)
    worker = LiveWorker(database, house.settings)
    house.intake.stored = worker.wake
    client = opened(live=house.intake)
    thread = Thread(target=worker.work)
    thread.start()
    try:
        row = {"full_name": "Zoe Quark", "email": "zoe@example.org"}
        body = {"source": "forms", "contacts": [{"external_id": "z", "contact": row}]}
        assert client.post("/v1/source-contacts", json=body).status_code == 202
        for _ in range(600):
            if hits := client.post("/v1/lookup", json={"email": "zoe@example.org"}).json()["hits"]:
                break
            time.sleep(0.05)
        assert hits[0]["contact"]["fields"]["display_name"]["value"] == "Zoe Quark"
    finally:
        worker.stop()
        thread.join()


def test_what_many_tell_at_the_same_time_is_stored_together_and_answered_each_for_itself(told, database):
    def tells(number: int) -> httpx.Response:
        row = {"external_id": str(number), "contact": {"full_name": f"Ann Lee{number}"}}
        rows = [row] if number % 5 else [{"external_id": str(number)}]
        key = {"Idempotency_Key": f"k{number}"} if number % 2 else {}
        answer: httpx.Response = told.tells(*rows, **key)
        return answer

    with (
        database.begin() as connection,  # whoever comes first waits here
        ThreadPoolExecutor(40) as threads,
    ):
        connection.execute(text("LOCK TABLE dedupe.source_contacts IN SHARE MODE"))
        answers = [threads.submit(tells, number) for number in range(40)]
        time.sleep(1)
        connection.rollback()
        found = [outcomes(one.result()) for one in answers]
    assert found == [["new"] if number % 5 else ["refused"] for number in range(40)]
    assert len(told.house.held("forms")) == 32
    assert told.news < 10
    assert [outcomes(tells(number)) for number in (1, 3)] == [["new"], ["new"]]


def test_more_than_can_be_stored_is_refused_with_a_time_to_try_again(told, database, monkeypatch):
    monkeypatch.setattr(told_together, "MOST_WAITING", 5)
    with database.begin() as connection, ThreadPoolExecutor(20) as threads:
        connection.execute(text("LOCK TABLE dedupe.source_contacts IN SHARE MODE"))
        rows = [{"external_id": str(number), "contact": {"full_name": "Ann Lee"}} for number in range(20)]
        answers = [threads.submit(told.tells, row) for row in rows]
        time.sleep(1)
        connection.rollback()
        found = [one.result() for one in answers]
    taken = [one for one in found if one.status_code == 202]
    refused = [one for one in found if one.status_code == 503]
    assert len(taken) + len(refused) == 20
    assert refused
    assert all(one.headers["Retry-After"] == "2" for one in refused)
    assert len(told.house.held("forms")) == len(taken)


def test_a_bug_in_what_one_tells_is_its_own(told, monkeypatch):
    def breaks(row: Any) -> Any:
        if row["external_id"] == "3":
            raise KeyError
        return change(row)

    change = api_live._change
    monkeypatch.setattr(api_live, "_change", breaks)
    with ThreadPoolExecutor(5) as threads:
        rows = [{"external_id": str(number), "contact": {"full_name": "Ann Lee"}} for number in range(5)]
        found = [one.status_code for one in threads.map(told.tells, rows)]
    assert found == [202, 202, 202, 500, 202]
    assert len(told.house.held("forms")) == 4

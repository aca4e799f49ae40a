"""What an erasure leaves behind: a certificate that can be verified, and others who have been told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dedupe.errors import InputError, LockHeld, NotFound
from dedupe.pipeline import erasure_certificate, erasure_recipients
from dedupe.pipeline.erasure import ErasedReport, erase
from dedupe.pipeline.erasure_recipients import ReceiptState
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.locks import NIGHTLY_LOCK
from tests.delivered import delivery, replayed, until_done
from tests.house import contact
from tests.pipeline.test_erased_history import KEY, SETTINGS, ImportingHouse
from tests.pipeline.text_search import held
from tests.receiver import Receiver, receiving
from tests.review.deciding_house import DecidingHouse

ADA = Visitor("Ada", "cli")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def house(database: Database) -> DecidingHouse:
    """Ann stands in two sources, Bo in one; a night has published them."""
    house = DecidingHouse(database)
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("mail:1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("crm:2", name="Bo Ray", email="bo@x.org"),
    )
    house.merges()
    return house


def erased(house: DecidingHouse, *what: str, **options: Any) -> ErasedReport:
    return erase(house.database, SETTINGS, KEY, what, unshow=house.unshow, visitor=ADA, **options)


def told(house: DecidingHouse, erasure: UUID, *webhooks: str) -> dict[str, erasure_recipients.Receipt]:
    with house.database.begin() as connection:
        found = erasure_recipients.told(connection, erasure, webhooks)
    return {one.recipient: one for one in found.receipts}


def verified(house: DecidingHouse, document: Any, key: bytes | None = KEY) -> erasure_certificate.Verified:
    with house.database.begin() as connection:
        return erasure_certificate.verified(connection, key, document)


def all_verified(house: DecidingHouse) -> list[str]:
    with house.database.begin() as connection:
        found = list(erasure_certificate.every_verified(connection, KEY))
    return [problem for one in found for problem in one.problems]


def test_a_certificate_says_what_went_and_holds_no_value(house: DecidingHouse) -> None:
    done = erased(house, "ann@x.org")
    content = done.certificate.content
    assert (content["erased_by"], content["asked_for"][0]["kind"]) == ("Ada", "email")
    assert content["erased"]["source_contacts"] == content["erased"]["contacts"] == 2
    assert {one["what"].split()[0]: one["count"] for one in content["kept"]}["keyed"] == done.hashes
    assert held(house.database, "ann@x.org") == held(house.database, "Ann Lee") == set()


def test_what_went_is_counted_where_only_history_went(database: Database, tmp_path: Path) -> None:
    house = ImportingHouse(database, tmp_path)
    house.shows("one@x.org", "two@x.org")
    done = erase(database, SETTINGS, KEY, ["one@x.org"], unshow=house.unshow)
    assert (done.contacts, done.nothing) == (0, False)
    assert erasure_certificate.in_words(done.rows) == [
        "1 payload version",
        "1 earlier version of a golden contact",
    ]
    assert erase(database, SETTINGS, KEY, ["nobody@x.org"], unshow=house.unshow).nothing


def test_a_certificate_is_verified_as_it_was_handed_out(house: DecidingHouse) -> None:
    document = erasure_certificate.as_document(erased(house, "crm:1").certificate)
    again = json.loads(json.dumps(document, indent=4))
    found = verified(house, again)
    assert (found.problems, found.signed, found.stored) == ((), True, True)
    assert verified(house, again, key=None).signed is None
    assert "another key" in verified(house, again, key=b"another key").problems[0]
    again["certificate"]["erased"]["source_contacts"] = 7
    assert any("changed" in problem for problem in verified(house, again).problems)
    nonsense: list[Any] = [None, [], {}, {"certificate": {}, "sha256": "zz", "hmac_sha256": ""}]
    for one in nonsense:
        with pytest.raises(InputError):
            verified(house, one)


def test_whoever_changes_a_certificate_and_its_hash_lacks_the_key(house: DecidingHouse) -> None:
    document = erasure_certificate.as_document(erased(house, "crm:1").certificate)
    document["certificate"]["erased_by"] = "Eve"
    form = erasure_certificate.canonical(document["certificate"])
    document["sha256"] = sha256(form).hexdigest()
    assert any("signed" in problem for problem in verified(house, document).problems)


def test_a_certificate_that_is_taken_out_is_missed(house: DecidingHouse) -> None:
    first, second, third = (erased(house, one).certificate for one in ("crm:1", "mail:1", "crm:2"))
    assert third.content["previous"] == second.content_hash.hex()
    assert all_verified(house) == []
    for gone in (second, first):
        with house.database.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM dedupe.erasure_certificates WHERE id = '{gone.id}'")
        assert all_verified(house)


def test_an_erasure_that_fails_leaves_everything_and_no_certificate(house: DecidingHouse) -> None:
    before = house.state()

    def fails(*_: Any) -> None:
        raise InputError("the disk is full")

    with pytest.raises(InputError, match="disk"):
        erase(house.database, SETTINGS, KEY, ["ann@x.org"], unshow=fails, visitor=ADA)
    assert house.state() == before
    assert house.rows()["erasure_certificates"] == house.rows()["erasures"] == 0


def test_two_erasures_go_one_after_the_other(house: DecidingHouse) -> None:
    with house.database.lock(NIGHTLY_LOCK), pytest.raises(LockHeld):
        erased(house, "crm:1")
    assert erased(house, "crm:1").contacts == 1


# --- who is told ---


def test_an_erasure_is_told_to_receivers_of_other_kinds_and_sources_without_what_is_not_theirs(
    house: DecidingHouse, receiver: Receiver
) -> None:
    golden, stays = house.golden("crm:1"), house.seed("mail:1")
    done = erased(house, "crm:1")
    options: dict[str, Any] = {"kinds": ("merged", "erased"), "sources": frozenset({"shop"})}
    with delivery(house.database, receiver, include_values=True, **options) as one:
        until_done(one, house.database)
    [data] = [each.data for each in receiver.accepted]
    assert (data["kind"], data["cause"], data["golden_id"]) == ("erased", "erasure", str(golden))
    assert data["run_id"] == str(done.certificate.id)
    assert [each["external_id"] for each in data["source_contacts"]["left"]] == [None]
    assert str(stays) not in json.dumps(data["source_contacts"])
    assert data["golden_contact"] is None, "nor values of a golden contact that is none of its sources'"


def test_what_a_receiver_accepted_is_its_acknowledgement(house: DecidingHouse, receiver: Receiver) -> None:
    done = erased(house, "crm:1", "crm:2", recipients=["crm"])
    erasure = done.certificate.id
    assert done.certificate.content["told"] == {"events": 2, "webhooks": ["crm"]}
    assert told(house, erasure)["crm"].state is ReceiptState.WAITING
    receiver.answer = lambda _: 500
    with delivery(house.database, receiver, give_up_after=0.05) as one:
        one.deliver()
        assert told(house, erasure)["crm"].state is ReceiptState.FAILING
        until_done(one, house.database)
    gave_up = told(house, erasure)["crm"]
    assert (gave_up.state, gave_up.reason is not None) == (ReceiptState.GAVE_UP, True)
    receiver.answer = lambda _: 204
    replayed(house.database)
    with delivery(house.database, receiver) as one:
        until_done(one, house.database)
    accepted = told(house, erasure)["crm"]
    assert (accepted.state, accepted.at is not None) == (ReceiptState.ACCEPTED, True)


def test_a_receiver_that_begins_after_an_erasure_is_not_waited_for(
    house: DecidingHouse, receiver: Receiver
) -> None:
    erasure = erased(house, "crm:1").certificate.id
    with delivery(house.database, receiver, name="late", starts_after=None) as one:
        one.deliver()
    assert told(house, erasure)["late"].state is ReceiptState.BEGAN_LATER


def test_a_person_notes_that_others_have_erased_too(house: DecidingHouse) -> None:
    erasure = erased(house, "crm:1", recipients=["crm"]).certificate.id
    with house.database.begin() as connection:
        assert erasure_recipients.told(connection, erasure, []).open == ["crm"]
        erasure_recipients.acknowledge(connection, ADA, erasure, "Acme", "by letter")
        erasure_recipients.acknowledge(connection, ADA, erasure, "crm", "its webhook is gone")
        assert erasure_recipients.told(connection, erasure, []).open == []
        with pytest.raises(NotFound):
            erasure_recipients.acknowledge(connection, ADA, UUID(int=7), "Acme")
    acme = told(house, erasure)["Acme"]
    assert (acme.state, acme.by, acme.note) == (ReceiptState.NOTED, "Ada", "by letter")


def test_others_of_the_golden_contact_stay_and_the_event_says_who(house: DecidingHouse) -> None:
    golden, gone, stays = house.golden("crm:1"), house.seed("crm:1"), house.seed("mail:1")
    erased(house, "crm:1")
    event = house.events()[-1]
    assert (event["kind"], event["golden_id"]) == ("erased", golden)
    assert (event["members_before"], event["members_after"]) == (sorted([gone, stays]), [stays])


def test_an_erasure_of_history_alone_is_told_as_well(database: Database, tmp_path: Path) -> None:
    house = ImportingHouse(database, tmp_path)
    house.shows("one@x.org", "two@x.org")
    golden = house.golden("crm:1")
    erase(database, SETTINGS, KEY, ["one@x.org"], unshow=house.unshow)
    last = house.events()[-1]
    assert (last["kind"], last["golden_id"]) == ("erased", golden)
    assert last["members_before"] == last["members_after"]

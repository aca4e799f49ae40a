"""Events reach every subscription that asks for them, and one that fails holds back its own golden contact
only."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text

from dedupe.deliveries.backoff import Backoff
from dedupe.deliveries.subscription import KINDS
from dedupe.errors import DatabaseUnavailable
from dedupe.pipeline.delivering import DeliveryReport, DeliveryRules
from dedupe.storage import subscriptions
from dedupe.storage.database import Database
from tests.delivered import dead, delivery, entangled, published, replayed, rows, until_done
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


A, B, C = (UUID(int=number) for number in (1, 2, 3))


def kinds_of(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one.data["golden_id"], one.data["kind"]) for one in receiver.accepted]


def test_a_failing_event_holds_back_its_own_golden_contact_and_no_other(
    database: Database, receiver: Receiver
) -> None:
    published(database, (A, "changed"), (B, "changed"), (A, "merged", C), (C, "retired", A), (B, "split"))
    receiver.answer = lambda one: 500 if one.data["golden_id"] == str(A) else 204
    with delivery(database, receiver) as one:
        one.deliver()
        assert kinds_of(receiver) == [(str(B), "changed"), (str(B), "split")]
        receiver.answer = lambda _: 204
        until_done(one, database)
    assert kinds_of(receiver)[2:] == [(str(A), "changed"), (str(A), "merged"), (str(C), "retired")]


def test_delivering_costs_no_row_where_nothing_fails(database: Database, receiver: Receiver) -> None:
    published(database, *entangled(50, 10, seed=1))
    with delivery(database, receiver) as one:
        until_done(one, database)
    assert rows(database) == 0
    assert len(receiver.accepted) == 50


def test_a_receiver_that_is_down_costs_next_to_no_rows(database: Database, receiver: Receiver) -> None:
    published(database, *((UUID(int=number + 1), "made") for number in range(300)))
    receiver.answer = lambda _: 500
    rules = DeliveryRules(retry=Backoff(0.001, 0.01), rest=Backoff(0.001, 0.01), fails=3, window=8)
    with delivery(database, receiver, rules) as one:
        for _ in range(100):
            one.deliver()
        assert rows(database) < 40
        receiver.answer = lambda _: 204
        until_done(one, database)
    assert len(receiver.accepted) == 300
    assert rows(database) == 0


def test_a_receiver_that_asks_for_a_pause_gets_it(database: Database, receiver: Receiver) -> None:
    published(database, (A, "made"), (B, "made"), (C, "made"))
    receiver.answer = lambda _: (429, {"retry-after": "3600"})
    one_at_a_time = DeliveryRules(retry=Backoff(0.001, 0.01), rest=Backoff(0.001, 0.01), at_once=1)
    with delivery(database, receiver, one_at_a_time) as one:
        assert one.deliver().resting
        assert one.deliver() == DeliveryReport(more=False, resting=True)
    assert len(receiver.came) == 1
    with database.begin() as connection:
        state = subscriptions.state(connection, "crm", KINDS)
    assert state is not None
    assert state.rests_until is not None
    assert 3500 < (state.rests_until - state.began_at).total_seconds() < 3700


def test_an_event_that_fails_for_long_is_a_dead_letter_and_the_next_goes_on(
    database: Database, receiver: Receiver
) -> None:
    published(database, (A, "made"), (A, "changed"))
    receiver.answer = lambda one: 410 if one.data["kind"] == "made" else 204
    with delivery(database, receiver, give_up_after=0.05) as one:
        until_done(one, database)
        assert kinds_of(receiver) == [(str(A), "changed")]
        [letter] = dead(database)
        assert (letter.kind, letter.golden_id, letter.reason) == ("made", A, "status 410")
        assert letter.attempts > 1
        receiver.answer = lambda _: 204
        replayed(database)
        until_done(one, database)
    assert kinds_of(receiver) == [(str(A), "changed"), (str(A), "made")]
    assert [one.data["replays"] for one in receiver.accepted] == [0, 1]
    assert receiver.accepted[-1].id == str(letter.event_id)
    assert dead(database) == []


def test_dead_letters_of_one_golden_contact_are_replayed_in_their_order(
    database: Database, receiver: Receiver
) -> None:
    published(database, (A, "made"), (A, "changed"), (B, "made"))
    receiver.answer = lambda _: 500
    with delivery(database, receiver, give_up_after=0.000001) as one:
        until_done(one, database)
        assert len(dead(database)) == 3
        receiver.answer = lambda _: 204
        assert replayed(database) == 3
        until_done(one, database)
    assert [kind for golden, kind in kinds_of(receiver) if golden == str(A)] == ["made", "changed"]


# --- which events ---


def test_a_subscription_begins_now(database: Database, receiver: Receiver) -> None:
    published(database, (A, "made"))
    with delivery(database, receiver, starts_after=None) as one:
        published(database, (B, "made"))
        until_done(one, database)
    assert kinds_of(receiver) == [(str(B), "made")]


def test_a_subscription_goes_on_where_it_was(database: Database, receiver: Receiver) -> None:
    for golden in (A, B):
        published(database, (golden, "made"))
        with delivery(database, receiver) as one:
            until_done(one, database)
    assert kinds_of(receiver) == [(str(A), "made"), (str(B), "made")]


def test_only_the_kinds_asked_for_are_told(database: Database, receiver: Receiver) -> None:
    published(database, (A, "made"), (A, "changed"), (A, "merged", B), (C, "made"))
    with delivery(database, receiver, kinds=("merged",)) as one:
        until_done(one, database)
        assert not one.deliver().more
    assert kinds_of(receiver) == [(str(A), "merged")]


ENDS_WHO_NOTES_IT_FIRST = """
    CREATE SEQUENCE dedupe.writers;
    CREATE FUNCTION dedupe.end_the_first() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN
          IF nextval('dedupe.writers') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
          RETURN NULL;
        END$$;
    CREATE TRIGGER ends_the_first AFTER UPDATE ON dedupe.subscriptions
      FOR EACH STATEMENT EXECUTE FUNCTION dedupe.end_the_first()"""


def test_what_was_sent_and_could_not_be_noted_comes_again(database: Database, receiver: Receiver) -> None:
    """At least once: known by its id."""
    published(database, (A, "made"))
    with database.begin() as connection:
        connection.execute(text(ENDS_WHO_NOTES_IT_FIRST))
    with delivery(database, receiver) as ended, pytest.raises(DatabaseUnavailable):
        ended.deliver()
    with delivery(database, receiver) as one:
        until_done(one, database)
    assert len(receiver.accepted) == 2
    assert len({each.id for each in receiver.accepted}) == 1

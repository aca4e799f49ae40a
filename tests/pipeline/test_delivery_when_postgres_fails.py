"""Postgres fails when a round is noted: its events come again, and the webhook goes on."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.database import Database
from tests.delivered import QUICK, delivery, published, until_done
from tests.receiver import receiving

# A sequence counts in spite of the rollback.
ENDS_THE_FIRST_TO_WRITE = """
    CREATE SEQUENCE dedupe.writers;
    CREATE FUNCTION dedupe.end_the_first() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN
          IF nextval('dedupe.writers') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
          RETURN NULL;
        END$$;
    CREATE TRIGGER ends_the_first AFTER INSERT ON dedupe.undelivered_events
      FOR EACH STATEMENT EXECUTE FUNCTION dedupe.end_the_first()"""


def test_a_webhook_goes_on_after_a_round_that_could_not_be_noted(database: Database) -> None:
    published(database, *((UUID(int=number + 1), "made") for number in range(20)))
    with database.begin() as connection:
        connection.execute(text(ENDS_THE_FIRST_TO_WRITE))
    with receiving() as receiver, delivery(database, receiver) as one:
        receiver.answer = lambda _: 500
        with pytest.raises(DatabaseUnavailable):
            one.deliver()
        assert len(receiver.came) >= QUICK.fails
        receiver.answer = lambda _: 204
        until_done(one, database)
        assert len(receiver.accepted) == 20

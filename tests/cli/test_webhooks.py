"""`dedupe webhooks`: who is told, how far they are, and what to do where one fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dedupe.pipeline.erasure import Keep, purge
from dedupe.storage.database import Database
from dedupe.storage.event_cursors import event_cursor
from tests.delivered import published
from tests.pipeline.test_delivering import A, B
from tests.receiver import Receiver, receiving

SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("CRM_WEBHOOK", SECRET)
    with receiving() as found:
        (tmp_path / "config.toml").write_text(
            f'[[webhooks]]\nname = "crm"\nurl = "{found.url}/hush"\nsecrets_env = ["CRM_WEBHOOK"]\n'
            'allow_private_addresses = true\nfrom_position = "start"\ngive_up_after = 1e-9\n'
        )
        yield found


def test_webhooks_are_listed_without_their_paths_and_secrets(dedupe, receiver: Receiver) -> None:
    listed = dedupe("webhooks", "list")
    assert "crm" in listed.out
    assert "hush" not in listed.out + dedupe("webhooks", "list", "--json").out
    assert dedupe("webhooks", "list", "--json").json[0]["secrets"] == 1


def test_a_test_says_what_came_back(dedupe, receiver: Receiver) -> None:
    assert dedupe("webhooks", "test", "crm").code == 0
    assert receiver.accepted[0].body["type"] == "dedupe.test"
    receiver.answer = lambda _: 401
    refused = dedupe("webhooks", "test", "crm")
    assert refused.code == 3
    assert "did not accept the test: status 401" in refused.err


def test_events_are_delivered_and_dead_letters_replayed(
    dedupe, receiver: Receiver, database_url: str
) -> None:
    with Database(database_url) as database:
        published(database, (A, "made"), (B, "made"))
    assert "has not begun yet" in dedupe("webhooks", "status").out
    receiver.answer = lambda one: 500 if one.data["golden_id"] == str(A) else 204
    assert dedupe("webhooks", "deliver", "--once").code == 0
    with Database(database_url) as database, database.begin() as connection:  # seconds later
        connection.execute(text("UPDATE dedupe.undelivered_events SET next_at = now()"))
    assert dedupe("webhooks", "deliver", "--once").code == 0
    dead = dedupe("webhooks", "dead", "crm", "--json").json
    assert [(one["golden_id"], one["attempts"]) for one in dead] == [(str(A), 2)]
    state = dedupe("webhooks", "status", "crm", "--json").json[0]["state"]
    assert (state["behind"], state["waiting"], state["dead"], state["delivered"]) == (0, 0, 1, 1)
    assert (state["reason"], state["position"]) == ("status 500", event_cursor(2))
    receiver.answer = lambda _: 204
    assert "1 event is to be delivered again" in dedupe("webhooks", "replay", "crm", "--all").out
    dedupe("webhooks", "deliver", "--once")
    assert [one.data["golden_id"] for one in receiver.accepted] == [str(B), str(A)]
    assert dedupe("webhooks", "dead", "crm", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["status", "nobody"], "no such webhook"),
        (["replay", "crm"], "--all"),
        (["replay", "crm", "not-an-id"], "named by its id"),
        (["replay", "crm", str(A)], "none of these events"),
    ],
)
def test_what_can_not_be_done_is_said(dedupe, receiver: Receiver, arguments: list[str], why: str) -> None:
    said = dedupe("webhooks", *arguments)
    assert (said.code, why in said.err) == (2, True)


def test_the_doctor_tells_of_what_was_given_up(dedupe, receiver: Receiver, database_url: str) -> None:
    assert "crm has not begun yet" in dedupe("doctor").out
    with Database(database_url) as database:
        published(database, (A, "made"))
    receiver.answer = lambda _: 500
    dedupe("webhooks", "deliver", "--once")
    assert "crm lacks 1 events; 0 were given up" in dedupe("doctor").out
    with Database(database_url) as database, database.begin() as connection:
        connection.execute(text("UPDATE dedupe.undelivered_events SET state = 'dead', died_at = now()"))
    assert "→ crm lacks 0 events; 1 were given up; the last failure: status 500" in dedupe("doctor").out


def test_status_and_doctor_tell_of_lost_events(dedupe, receiver: Receiver, database_url: str) -> None:
    with Database(database_url) as database:
        published(database, (A, "made"), (B, "made"))
        purge(database, Keep(events=timedelta(0)))
    dedupe("webhooks", "deliver", "--once")
    why = f"not all events after {event_cursor(0)} up to {event_cursor(2)} were delivered"
    assert dedupe("webhooks", "status", "--json").json[0]["state"]["lost"].startswith(why)
    assert event_cursor(2) in dedupe("webhooks", "status").out
    assert f"→ crm: {why}" in dedupe("doctor").out
    assert "dedupe export golden" in dedupe("doctor").out


def test_serve_delivers_by_itself(dedupe, receiver: Receiver, database_url: str, tmp_path: Path) -> None:
    with Database(database_url) as database:
        published(database, (A, "made"))
    run = "import sys; sys.argv[1:] = ['serve', '--port', '0']; from dedupe.cli.starting import main; main()"
    serving = subprocess.Popen([sys.executable, "-c", run], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not receiver.accepted:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        serving.send_signal(signal.SIGINT)
        assert serving.wait(30) in (0, 130)  # the latter where it was still about to listen
    assert [one.data["golden_id"] for one in receiver.accepted] == [str(A)]


def test_nothing_configured_is_said(dedupe) -> None:
    assert "no webhook is configured" in dedupe("webhooks", "deliver", "--once").err

"""Somebody is erased by the command line, and told who may be the same person."""

from __future__ import annotations

import shlex

import pytest

from dedupe.storage.database import Database
from tests.lost_locks import locks_lost_when_written
from tests.pipeline.text_search import held


@pytest.fixture
def served(dedupe, tmp_path, monkeypatch):
    """Ann stands in two sources, Bo in one; a night has published them."""
    (tmp_path / "config.toml").write_text('[privacy]\nerasure_key_env = "TEST_KEY"\n')
    monkeypatch.setenv("TEST_KEY", "a long random text")
    for source, ident in (("crm", "1"), ("mail box", "it's 7")):
        (tmp_path / "people.csv").write_text(
            f"id,name,email,phone\n{ident},Ann Lee,ann.lee@example.org,+442079460123\n"
            if source == "mail box"
            else f"id,name,email\n{ident},Ann Lee,ann.lee@example.org\n2,Bo Ray,bo@example.org\n"
        )
        assert dedupe("import", "people.csv", "--source", source).code == 0
    assert dedupe("nightly").code == 0
    return dedupe


def test_the_other_members_of_the_golden_contact_are_told_with_the_command_for_them(served, database_url):
    told = served("erase", "crm:1", "--yes")
    assert told.code == 0, told.err
    assert "1 other source contact of the same golden contacts remain: mail box:it's 7\n" in told.out
    command = shlex.split(told.out.splitlines()[-1].split(": dedupe ", 1)[1])
    assert command == ["erase", "mail box:it's 7"]

    again = served(*command, "--yes")
    assert again.out == "1 source contacts erased\n"
    with Database(database_url) as database:
        assert held(database, "Ann Lee") == set()


def test_nobody_is_told_to_remain_who_was_erased_too(served):
    told = served("erase", "ann.lee@example.org", "--yes")
    assert told.out == "2 source contacts erased\n"


def test_a_night_that_loses_its_lock_ends_with_4_and_what_to_do(served, database_url, tmp_path):
    (tmp_path / "people.csv").write_text("id,name,email\n9,Cy Dow,cy@example.org\n")
    assert served("import", "people.csv", "--source", "crm").code == 0
    with Database(database_url) as database:
        with locks_lost_when_written(database, "golden_events"):
            ran = served("nightly")
        assert (ran.code, "was lost" in ran.err, "Run it again" in ran.err) == (4, True, True), ran.err
    assert served("lookup", "cy@example.org").code == 2
    assert served("nightly").code == 0
    assert served("lookup", "cy@example.org").code == 0


def test_a_disk_that_fills_during_a_night_is_told_and_nothing_is_published(served, database_url, tmp_path):
    (tmp_path / "people.csv").write_text("id,name,email\n9,Cy Dow,cy@example.org\n")
    assert served("import", "people.csv", "--source", "crm").code == 0
    with Database(database_url) as database, database.begin() as connection:
        connection.exec_driver_sql(_FULL)
    ran = served("nightly")
    assert ran.code == 2
    assert "The disk of the Postgres server is full; free space there, and run it again" in ran.err
    assert served("lookup", "cy@example.org").code == 2


_FULL = """
    CREATE FUNCTION dedupe.fills() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN COPY (SELECT generate_series(1, 99999)) TO '/dev/full'; RETURN NEW; END$$;
    CREATE TRIGGER fills BEFORE INSERT ON dedupe.golden_events
      FOR EACH ROW EXECUTE FUNCTION dedupe.fills()"""


def test_what_the_erased_were_shown_as_before_is_forgotten_and_kept_no_more(served, database_url, tmp_path):
    (tmp_path / "people.csv").write_text(
        "id,name,email,company\n1,Ann Lee,ann.lee@example.org,Granite Deck\n"
    )
    assert served("import", "people.csv", "--source", "crm").code == 0
    assert served("nightly").code == 0
    golden = served("lookup", "ann.lee@example.org", "--json").json[0]["contact"]["id"]
    assert served("erase", "ann.lee@example.org", "--yes").code == 0
    with Database(database_url) as database:
        assert held(database, "Ann Lee") == set()
    assert served("show", golden, "--as-of", "2999-01-01").code == 2

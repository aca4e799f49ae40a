"""Somebody is erased by the command line, and told who may be the same person."""

from __future__ import annotations

import json
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
    assert again.out.startswith("1 source contact erased\nbesides: 1 payload version, 1 normalized contact")
    with Database(database_url) as database:
        assert held(database, "Ann Lee") == set()


def test_who_would_be_erased_is_told_first(served):
    """An address may be a family's."""
    would = served("erase", "ann.lee@example.org", "--dry-run")
    assert would.code == 0, would.err
    assert would.out.splitlines()[:3] == [
        "2 source contacts would be erased",
        "  crm:1",
        "  mail box:it's 7",
    ]
    one = served("erase", "crm:1", "--dry-run")
    assert one.out.startswith("1 source contact would be erased\n  crm:1\n")
    assert "of the same golden contacts: mail box:it's 7" in one.out
    assert served("lookup", "ann.lee@example.org").code == 0


def test_nobody_is_told_to_remain_who_was_erased_too(served):
    told = served("erase", "ann.lee@example.org", "--yes")
    assert told.out.startswith("2 source contacts erased\nbesides: ")
    assert "remain" not in told.out


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


def test_what_went_is_told_where_no_source_contact_did(served, tmp_path):
    told = served("erase", "nobody@example.org", "--yes")
    assert told.out.splitlines() == [
        "0 source contacts erased",
        "nothing was found; it is kept out from now on all the same",
    ]
    (tmp_path / "people.csv").write_text("id,name,email\n1,Ann Lee,ann.new@example.org\n")
    assert served("import", "people.csv", "--source", "crm").code == 0
    assert served("nightly").code == 0
    assert served("erase", "mail box:it's 7", "--yes").code == 0
    told = served("erase", "ann.lee@example.org", "--yes")
    assert "0 source contacts erased\nbesides: 1 payload version" in told.out


def test_an_erasure_has_a_certificate_that_is_had_again_and_verified(served, tmp_path):
    assert served("erase", "ann.lee@example.org", "--certificate", "made.json", "--yes").code == 0
    made = tmp_path / "made.json"
    assert made.stat().st_mode & 0o777 == 0o600
    assert "ann" not in made.read_text().lower()
    [listed] = served("erasures", "list", "--json").json
    erasure = listed["certificate"]["id"]
    assert served("erasures", "show", erasure, "--certificate", "again.json").code == 0
    assert (tmp_path / "again.json").read_bytes() == made.read_bytes()
    assert served("erasures", "verify", "made.json").out == "the certificate is as it was made\n"
    assert served("erasures", "verify").out == "1 certificate is as made, and none is missing\n"
    made.write_text(made.read_text().replace('"source_contacts": 2', '"source_contacts": 1'))
    wrong = served("erasures", "verify", "made.json")
    assert (wrong.code, "it was changed" in wrong.out) == (2, True)
    assert served("erasures", "acknowledge", erasure, "--by", "Acme", "--note", "by letter").code == 0
    assert "by letter" in served("erasures", "show", erasure).out
    assert served("erasures", "show", "nonsense").code == 2


def test_a_request_for_access_is_shown_first_and_written_whole_for_its_owner_alone(served, tmp_path):
    shown = served("access-request", "ann.lee@example.org", "--dry-run")
    assert shown.code == 0
    assert ["crm:1" in shown.out, "mail box:it's 7" in shown.out, "crm:2" in shown.out] == [True, True, False]
    assert list(tmp_path.glob("*.json")) == []
    assert served("access-request", "ann.lee@example.org").code == 2, "where to?"
    assert served("access-request", "ann.lee@example.org", "--output", "ann.json", "--yes").code == 0
    file = tmp_path / "ann.json"
    assert file.stat().st_mode & 0o777 == 0o600
    document = json.loads(file.read_bytes())
    assert [one["external_id"] for one in document["source_contacts"]] == ["1", "it's 7"]
    again = served("access-request", "ann.lee@example.org", "--output", "ann.json", "--yes")
    assert (again.code, "--force" in again.err) == (2, True)
    only = ("--only", "crm:1", "--force", "--yes")
    assert served("access-request", "ann.lee@example.org", "--output", "ann.json", *only).code == 0
    assert [one["external_id"] for one in json.loads(file.read_bytes())["source_contacts"]] == ["1"]


def test_a_request_for_access_that_cannot_be_answered_writes_nothing(served, tmp_path):
    for key in ("crm:99", "shop:1", "no key", "019ad8b4-0000-7000-8000-00000000000a"):
        told = served("access-request", key, "--output", "none.json", "--yes")
        assert (told.code, told.out) == (2, ""), key
    nobody = served("access-request", "nobody@example.org", "--output", "nobody.json", "--yes")
    assert (nobody.code, "nothing is stored" in nobody.out) == (0, True)
    assert [file.name for file in tmp_path.glob("*.json*")] == ["nobody.json"]
    assert [file.name for file in tmp_path.glob(".*")] == []

"""The nightly job from the command line: five providers in, golden contacts out."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text


def contacts_in(town) -> int:
    return sum(1 for _ in town.people.truth())


def test_a_night_brings_every_contact_of_every_provider_to_a_golden_contact(dedupe, town) -> None:
    ran = dedupe("nightly", "--report", "report.json")
    assert ran.code == 0, ran.err
    report = json.loads(Path("report.json").read_text())
    assert report["merged"]["status"] == "published"
    assert sum(one["new"] for one in report["collected"]["sources"]) == contacts_in(town)
    assert sum(report["merged"]["source_contacts"].values()) == contacts_in(town)


def test_a_night_tells_by_what_evidence_it_expects_wrong_merges(dedupe, town) -> None:
    ran = dedupe("nightly", "--report", "report.json")
    told = json.loads(Path("report.json").read_text())["merged"]["quality"]["by_evidence"]
    assert {"email", "phone"} <= set(told)
    assert all(one["golden_contacts"] > 0 for one in told.values())
    riskiest, expected = next(iter(told.items()))
    assert expected["expected_wrong"] == max(one["expected_wrong"] for one in told.values())
    assert f"by {riskiest}: " in ran.out + ran.err


def test_a_person_is_found_by_source_id_and_by_email(dedupe, town) -> None:
    dedupe("nightly")
    held = town.person("whippy", field="email")
    by_source = dedupe("lookup", f"whippy:{held['key']}", "--json").json
    many = Path("values.txt")
    many.write_text(f"whippy:{held['key']}\n\n{held['email']}\nnot a phone\n", encoding="utf-8")
    answers = dedupe("lookup", "--file", many, "--json").json
    assert [(one["line"], one["status"]) for one in answers] == [
        (1, "found"),
        (3, "found"),
        (4, "unreadable"),
    ]
    assert [one["hits"] for one in answers[:1]] == [by_source]
    assert dedupe("lookup", "--file", many, "values").code == 2
    by_email = dedupe("lookup", held["email"], "--json").json
    assert by_source[0]["contact"]["id"] in {hit["contact"]["id"] for hit in by_email}


def test_a_second_night_without_news_writes_nothing(dedupe, town) -> None:
    dedupe("nightly")
    assert dedupe("nightly", "--report", "report.json").code == 0
    merged = json.loads(Path("report.json").read_text())["merged"]
    assert merged["status"] == "unchanged"
    assert merged["rows_written"] == 0


def test_a_plan_publishes_nothing(dedupe, town) -> None:
    ran = dedupe("nightly", "--plan")
    assert ran.code == 0
    assert "nothing was published" in ran.out
    held = town.person("whippy", field="email")
    assert dedupe("lookup", held["email"]).code == 2


def test_a_source_that_fails_does_not_stop_the_others(dedupe, town, monkeypatch) -> None:
    monkeypatch.setenv("SIMULATED_WHIPPY_TOKEN", "wrong")
    ran = dedupe("nightly")
    assert ran.code == 3
    assert "credentials" in ran.out
    held = town.person("digital99", field="email")
    assert dedupe("lookup", held["email"]).code == 0


def test_an_unset_secret_is_named_before_anything_is_done(dedupe, town, monkeypatch) -> None:
    monkeypatch.delenv("SIMULATED_WHIPPY_TOKEN")
    monkeypatch.delenv("SIMULATED_LIVEDESK_KEY")
    ran = dedupe("nightly")
    assert ran.code == 2
    assert "$SIMULATED_WHIPPY_TOKEN is not set" in ran.err
    assert "$SIMULATED_LIVEDESK_KEY is not set" in ran.err
    assert "Traceback" not in ran.err


def test_a_source_missing_from_the_configuration_is_paused_not_gone(dedupe, town) -> None:
    dedupe("nightly")
    held = town.person("whippy", field="email")
    sections = town.config.read_text().split("[sources.")
    town.config.write_text("[sources.".join(one for one in sections if not one.startswith("whippy]")))
    assert dedupe("nightly").code == 0
    assert dedupe("lookup", f"whippy:{held['key']}").code == 0


def test_a_second_nightly_at_the_same_time_is_told_to_wait(dedupe, town, database) -> None:
    with database.lock("nightly"):
        ran = dedupe("nightly")
    assert ran.code == 4
    assert "lock" in ran.err


def test_what_a_whole_journey_logs_holds_nobodys_email_or_phone(dedupe, town) -> None:
    nights = (["nightly"], ["nightly", "--full"], ["nightly", "--plan"])
    said = "".join(dedupe("-vv", *arguments).err for arguments in nights)
    values = set()
    for provider in town.running:
        for contact in town.people.contacts((provider,)):
            for name in ("email", "phone", "phone_number"):
                values.add(contact.payload.get(name))
    values.discard(None)
    values.discard("")
    assert len(values) > 50
    assert not [value for value in values if str(value) in said]


def test_every_log_line_of_a_night_bears_its_run_id(dedupe, town, monkeypatch) -> None:
    monkeypatch.setattr("dedupe.cli.nights.LOG_EVERY", 0.0)
    ran = dedupe("--log-json", "-v", "nightly", "--report", "report.json")
    lines = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
    run = json.loads(Path("report.json").read_text())["merged"]["run_id"]
    events = {line["event"] for line in lines}
    assert events == {"collecting", "collected", "learned the first model", "merged"}
    assert {line["run_id"] for line in lines} == {run}


@pytest.fixture
def crm(tmp_path):
    """Writes a file of `people` contacts, of which the first `gone` are missing."""

    def write(people: int, gone: int = 0):
        file = tmp_path / "crm.csv"
        rows = [f"{n},Person {n:04},p{n}@example.org" for n in range(gone, people)]
        file.write_text("\n".join(["record_id,name,email", *rows]), encoding="utf-8")
        return file

    return write


def test_a_night_over_the_gates_limit_is_held_back_and_can_be_published(dedupe, crm) -> None:
    dedupe("import", crm(200), "--source", "crm")
    dedupe("nightly")
    dedupe("import", crm(200, gone=60), "--source", "crm", "--complete", "--accept")
    held = dedupe("nightly", "--report", "report.json")
    assert held.code == 5
    assert dedupe("lookup", "p3@example.org").code == 0, "the old state is served"
    run = json.loads(Path("report.json").read_text())["merged"]["run_id"]
    assert run in held.out
    assert dedupe("held", "list", "--json").json[0]["id"] == run
    assert "60 retired" in dedupe("held", "show", run).out
    assert dedupe("publish", run).code == 0
    assert dedupe("held", "refuse", run).code == 2
    assert dedupe("held", "list").out == "no night waits for a person\n"
    assert dedupe("lookup", "p3@example.org").code == 2


def test_a_file_that_lacks_very_many_rows_buries_nobody_until_it_is_accepted(dedupe, crm) -> None:
    dedupe("import", crm(200), "--source", "crm")
    dedupe("nightly")
    cut = dedupe("import", crm(210, gone=60), "--source", "crm", "--complete")
    assert cut.code == 3
    assert "60 of 210 contacts would vanish" in " ".join(cut.out.split())
    assert "--accept" in cut.err
    [state] = dedupe("sources", "--json").json
    assert (state["name"], state["held"], state["contacts"], state["gone"]) == ("crm", True, 210, 0)
    assert dedupe("nightly").code == 0
    assert [dedupe("lookup", f"p{n}@example.org").code for n in (3, 205)] == [0, 2]
    assert dedupe("import", crm(210, gone=60), "--source", "crm", "--complete", "--accept").code == 0
    assert dedupe("nightly").code == 5, "the publish gate looks at it, too"


def test_the_same_file_again_changes_nothing(dedupe, crm) -> None:
    dedupe("import", crm(20), "--source", "crm")
    dedupe("nightly")
    dedupe("import", crm(20), "--source", "crm")
    assert "nothing is new" in dedupe("nightly").out


def test_a_night_drops_the_raw_of_contacts_that_are_gone_for_long(dedupe, crm, database) -> None:
    dedupe("import", crm(20), "--source", "crm")
    dedupe("import", crm(20, gone=2), "--source", "crm", "--complete")
    assert "was dropped" not in dedupe("nightly").out
    with database.begin() as connection:
        moved = "UPDATE dedupe.source_contacts SET gone_at = gone_at - interval '31 days'"
        connection.execute(text(moved))
    assert "the raw of 2 contacts that are gone for long was dropped" in dedupe("nightly").out
    assert dedupe("lookup", "p5@example.org").code == 0

"""A night taken back from the command line."""

from __future__ import annotations

import json


def test_a_night_is_taken_back_and_held_until_it_is_published(dedupe, tmp_path) -> None:
    def night(name, mail):
        others = [f"{n},Person{n} Surname{n},p{n}@example.org" for n in range(60)]
        file = tmp_path / "crm.csv"
        file.write_text(
            "\n".join(["record_id,name,email", "a,Zebulon Quarterstaff,zq@one.example", f"b,{name},{mail}"])
            + "\n"
            + "\n".join(others),
            encoding="utf-8",
        )
        dedupe("import", file, "--source", "crm")
        report = tmp_path / "report.json"
        assert dedupe("nightly", "--report", report).code == 0
        return json.loads(report.read_text())["merged"]["run_id"]

    def golden_of(key):
        return dedupe("lookup", f"crm:{key}", "--json").json[0]["contact"]["id"]

    night("Marmaduke Whittaker", "mw@two.example")
    before = {key: golden_of(key) for key in "ab"}
    run = night("Zebulon Quarterstaff", "zq@one.example")
    assert golden_of("a") == golden_of("b")
    told = dedupe("rollback", run, "--dry-run")
    assert told.code == 0, told.err
    assert "would be taken back" in told.out
    assert golden_of("a") == golden_of("b")
    done = dedupe("rollback", run, "--note", "two people")
    assert done.code == 0, done.err
    assert {key: golden_of(key) for key in "ab"} == before
    held = dedupe("nightly")
    assert held.code == 5
    assert "rolled back" in held.out
    again = dedupe("rollback", run)
    assert again.code == 2
    assert f"dedupe publish {run}" in again.err
    assert dedupe("publish", run).code == 0
    assert golden_of("a") == golden_of("b")
    assert "which `dedupe runs` shows" in dedupe("rollback", run).err
    listed = dedupe("runs", "--kind", "night", "--json").json
    assert [one["status"] for one in listed] == ["published", "superseded", "rolled_back", "published"]
    assert listed[2]["id"] == run
    shown = dedupe("runs", "--kind", "rollback", "--limit", 1)
    assert shown.out.count("published") == 1
    assert dedupe("runs", "--before", listed[-1]["id"]).out.strip() == "there is no such run"

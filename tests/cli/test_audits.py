"""`audit` as a person runs it, bad input included."""

from __future__ import annotations

import pytest


@pytest.fixture
def town_audited(dedupe, tmp_path):
    people = [("Ann Quill", "ann@quill.example"), ("Bob Stone", "bob@stone.example")]
    rows = [f"{n}{copy},{name},{email}" for n, (name, email) in enumerate(people) for copy in "ab"]
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email", *rows]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    return dedupe


def test_an_audit_is_drawn_judged_and_told(dedupe, town_audited) -> None:
    ran = dedupe("audit", "draw")
    assert ran.code == 0, ran.err
    assert "@" not in ran.out
    shown = dedupe("audit", "show", "1", "--json").json
    assert len(shown["left"]) == 2
    assert "probability" not in shown
    assert dedupe("audit", "judge", "1", "same").code == 0
    assert dedupe("audit", "judge", "2", "different", "--note", "two brothers").code == 0
    told = dedupe("audit", "report", "--json").json
    assert told["wrong_merges"]["share"] == 0.5
    assert dedupe("audit", "list", "--json").json[0]["judged"] == 2


def test_a_judged_file_is_read_back(dedupe, town_audited, tmp_path) -> None:
    dedupe("audit", "draw")
    file = tmp_path / "audit.csv"
    assert dedupe("audit", "write", file).code == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], *(line.replace(",,,", ",,1,", 1) for line in lines[1:])]), "utf-8")
    ran = dedupe("audit", "read", file)
    assert ran.code == 0, ran.err
    assert "2 of 2" in ran.out
    assert dedupe("audit", "report", "--json").json["judged"] == 2


@pytest.mark.parametrize(
    "call",
    [
        ("report",),
        ("judge", "1", "same"),
        ("show", "1"),
        ("judge",),
        ("read", "nothing.csv"),
        ("draw",),
        ("report", "--audit", "7"),
    ],
)
def test_without_an_audit_or_a_night_it_says_what_to_do(dedupe, call) -> None:
    ran = dedupe("audit", *call)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_a_sample_that_is_not_there_and_a_stranger_are_refused(dedupe, town_audited) -> None:
    dedupe("audit", "draw")
    assert dedupe("audit", "judge", "99", "same").code == 2
    assert dedupe("audit", "judge", "1", "different", "--astray", "crm:zz").code == 2
    assert dedupe("audit", "judge", "1", "perhaps").code == 2

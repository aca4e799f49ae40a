"""`explain-blocking` as a person runs it."""

from __future__ import annotations

ROWS = [
    "1,Ann Lee,ann.lee@example.org,+442079460018",
    "2,Ann Lee,ann.lee@example.org,",
    "3,Bob Ray,bob@example.net,+442079460018",
]


def written(tmp_path):
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email,phone", *ROWS]), encoding="utf-8")
    return file


def test_a_file_is_told_without_a_database(dedupe, tmp_path) -> None:
    ran = dedupe("explain-blocking", written(tmp_path), "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert told["contacts"] == 3
    assert {rule["rule"]: rule["pairs"] for rule in told["rules"]}["phone"] == 1
    assert told["missed"]["likely"]["share"] == 0
    assert {"share", "low", "high"} <= set(told["lost"] or {"share", "low", "high"})


def test_matches_that_look_like_nothing_are_counted_too(dedupe, tmp_path) -> None:
    ran = dedupe("explain-blocking", written(tmp_path))
    assert "matches in all no rule finds" in ran.out or "can't be told" in ran.out


def test_values_are_shown_on_request_only_and_leave_a_line(dedupe, tmp_path) -> None:
    dedupe("import", written(tmp_path), "--source", "crm")
    plain = dedupe("explain-blocking", "--sample", "0")
    assert plain.code == 0, plain.err
    assert "ann.lee" not in plain.out
    assert "estimated" not in plain.out.lower()
    shown = dedupe("explain-blocking", "--values")
    assert "ann.lee@example.org" in shown.out


def test_an_empty_database_says_what_to_do(dedupe) -> None:
    ran = dedupe("explain-blocking")
    assert ran.code == 2
    assert "dedupe import" in ran.err


def test_rules_that_find_nothing_are_named_in_one_line(dedupe, tmp_path) -> None:
    said = dedupe("explain-blocking", written(tmp_path), "--sample", "0").out
    assert "that find nothing here: identifier, " in said
    assert "the same birth date" not in said
    assert "the same mailbox" in said

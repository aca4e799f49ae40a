"""History in words, and the aftermath of a wrong merge, from the command line."""

from __future__ import annotations

import pytest


@pytest.fixture
def parted(dedupe, tmp_path):
    """A golden contact of two that was split; gives the command, its id and that of the other."""
    others = [f"{n},Person{n} Surname{n},p{n}@example.org" for n in range(30)]
    one = [f"{key},Zebulon Quarterstaff,zq@one.example" for key in "ab"]
    like = [f"{key}{n},Zora{n} Quill{n},zq{n}@two.example" for key in "cd" for n in range(2)]
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email", *one, *like, *others]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    golden = dedupe("lookup", "crm:a", "--json").json[0]["contact"]["id"]
    dedupe("golden", "split", golden, "crm:b", "--note", "two people")
    return dedupe, golden, dedupe("lookup", "crm:b", "--json").json[0]["contact"]["id"]


def test_history_says_whose_event_when_and_why(parted) -> None:
    dedupe, golden, other = parted
    told = dedupe("history", golden)
    assert f"split: crm:b went to {other} because" in told.out
    assert ": “two people”" in told.out
    assert " UTC\n" in told.out
    assert f"[of {other}, which it came from or went to]" in told.out
    as_json = dedupe("history", golden, "--json").json
    assert all("T" in one["occurred_at"] for one in as_json)
    assert isinstance(as_json[0]["members_after"], list)


def test_what_else_a_wrong_merge_led_to(parted) -> None:
    dedupe, golden, other = parted
    told = dedupe("golden", "aftermath", golden)
    assert told.code == 0, told.err
    assert f"{golden} held 2 people from" in told.out
    assert "Other live links like it" in told.out
    assert "Who saw it meanwhile" in told.out
    assert dedupe("golden", "aftermath", other, "--json").json["wrong"][0]["golden_id"] == golden
    tried = dedupe("golden", "aftermath", golden, "--decide", "different", "--by", "levels", "--dry-run")
    assert "nothing was done" in tried.err
    done = dedupe("golden", "aftermath", golden, "--decide", "different", "--by", "levels", "--json")
    assert done.code == 0, done.err
    assert dedupe("review", "revoke", done.json["decision"]).code == 0


def test_deciding_needs_to_be_told_of_what(parted) -> None:
    dedupe, golden, _ = parted
    refused = dedupe("golden", "aftermath", golden, "--decide", "different")
    assert refused.code == 2
    assert "--by" in refused.err

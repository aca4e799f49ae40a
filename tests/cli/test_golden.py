"""Acts on golden contacts from the command line."""

from __future__ import annotations

import pytest


@pytest.fixture
def merged(dedupe, tmp_path):
    """Three source contacts of one golden contact, and one of another, among many others."""
    others = [f"{n},Person{n} Surname{n},p{n}@example.org" for n in range(30)]
    one = [f"{key},Zebulon Quarterstaff,zq@one.example" for key in "abc"]
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email", *one, *others]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    return dedupe


def golden_of(dedupe, key):
    return dedupe("lookup", f"crm:{key}", "--json").json[0]["contact"]["id"]


def test_a_wrong_merge_is_split_and_taken_back(merged) -> None:
    golden = golden_of(merged, "a")
    ran = merged("golden", "split", golden, "crm:c", "--note", "she told us", "--json")
    assert ran.code == 0, ran.err
    assert golden_of(merged, "a") == golden_of(merged, "b") == golden
    assert golden_of(merged, "c") in ran.json["golden_ids"]
    assert "nothing is new" in merged("nightly").out
    assert merged("review", "revoke", ran.json["decision"]).code == 0
    assert golden_of(merged, "c") == golden


def test_a_dry_run_shows_what_would_come_and_does_nothing(merged) -> None:
    golden = golden_of(merged, "a")
    ran = merged("golden", "split", golden, "crm:c", "--dry-run")
    assert ran.code == 0, ran.err
    assert f"event: {golden} split" in ran.out
    assert golden_of(merged, "c") == golden
    seen = ran.out.splitlines()[-1].removeprefix("seen ")
    assert merged("golden", "split", golden, "crm:c", "--seen", seen).code == 0
    assert golden_of(merged, "c") != golden


def test_parts_stand_between_slashes(merged) -> None:
    golden = golden_of(merged, "a")
    assert merged("golden", "split", golden, "crm:a", "/", "crm:b", "/", "crm:c").code == 0
    assert len({golden_of(merged, key) for key in "abc"}) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["crm:a", "/", "/", "crm:b"], "a part without a source contact"),
        (["/", "crm:b"], "a part without a source contact"),
        (["crm:a", "crm:b", "crm:c"], "nobody would be left"),
        (["crm:1"], "not among the source contacts"),
        (["crm:nobody"], "there is no source contact"),
    ],
)
def test_a_split_that_cannot_be_is_refused_with_the_reason(merged, arguments, told) -> None:
    ran = merged("golden", "split", golden_of(merged, "a"), *arguments)
    assert ran.code == 2
    assert told in " ".join(ran.err.split())


def test_contacts_are_moved_joined_and_confirmed(merged) -> None:
    origin, other = golden_of(merged, "a"), golden_of(merged, "1")
    assert merged("golden", "move", "crm:c", "--to", other).code == 0
    assert golden_of(merged, "c") == golden_of(merged, "1") != golden_of(merged, "a")
    assert merged("golden", "confirm", golden_of(merged, "a")).code == 0
    refused = merged("golden", "join", golden_of(merged, "a"), golden_of(merged, "1"))
    assert refused.code == 2
    assert "live decisions say otherwise" in refused.err
    joined = merged("golden", "join", golden_of(merged, "a"), golden_of(merged, "2"))
    assert joined.code == 0
    assert golden_of(merged, "2") == golden_of(merged, "a") == min(origin, golden_of(merged, "2"))


def test_a_report_is_the_first_thing_that_is_asked(merged) -> None:
    assert merged("golden", "report", golden_of(merged, "a"), "crm:c").code == 0
    assert merged("review", "list", "--json").json["candidates"][0]["cause"] == "reported"

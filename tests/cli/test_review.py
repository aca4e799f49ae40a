"""The review queue from the command line, and what a decision does."""

from __future__ import annotations

import pytest


@pytest.fixture
def doubtful(dedupe, tmp_path):
    """Two contacts whom only a rare name and a city hold together, among many others."""
    others = [f"{n},Person{n} Surname{n},p{n}@example.org,,Town{n}" for n in range(30)]
    rows = ["a,Zebulon Quarterstaff,zq@one.example,,Springfield", "b,Zebulon Quarterstaff,,,Springfield"]
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email,phone,city", *rows, *others]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    return dedupe


def golden_of(dedupe, key):
    return dedupe("lookup", f"crm:{key}", "--json").json[0]["contact"]["id"]


def apart(dedupe):
    """Make sure of two golden contacts, whatever the model says of the pair."""
    dedupe("review", "different", "crm:a", "crm:b", "--note", "asked them")


def test_a_pair_decided_the_same_by_hand_is_one_golden_contact_at_once(dedupe, doubtful) -> None:
    ran = dedupe("review", "same", "crm:a", "crm:1", "--note", "she told us")
    assert ran.code == 0, ran.err
    assert golden_of(dedupe, "a") == golden_of(dedupe, "1")
    assert "nothing is new" in dedupe("nightly").out


def test_a_pair_decided_different_stays_apart_on_every_later_night(dedupe, doubtful) -> None:
    apart(dedupe)
    assert golden_of(dedupe, "a") != golden_of(dedupe, "b")
    dedupe("nightly", "--full")
    assert golden_of(dedupe, "a") != golden_of(dedupe, "b")


def test_a_contradiction_is_refused_and_names_the_decision_in_the_way(dedupe, doubtful) -> None:
    apart(dedupe)
    decision = dedupe("review", "history", "--json").json[0]["id"]
    for such in (
        ("--verdict", "different"),
        ("--source-contact", "crm:a"),
        ("--live",),
        ("--origin", "hand"),
    ):
        assert [one["id"] for one in dedupe("review", "history", *such, "--json").json] == [decision]
    for other in (
        ("--verdict", "same"),
        ("--source-contact", "crm:1"),
        ("--revoked",),
        ("--after", decision),
    ):
        assert dedupe("review", "history", *other, "--json").json == []
    assert dedupe("review", "history", "--source-contact", "crm:none").code == 2
    ran = dedupe("review", "same", "crm:a", "crm:b")
    assert ran.code == 2
    assert decision in ran.err


def test_a_revoked_decision_no_longer_stands_in_the_way(dedupe, doubtful) -> None:
    apart(dedupe)
    decision = dedupe("review", "history", "--json").json[0]["id"]
    assert dedupe("review", "revoke", decision).code == 0
    assert dedupe("review", "same", "crm:a", "crm:b").code == 0
    assert golden_of(dedupe, "a") == golden_of(dedupe, "b")


def test_two_contacts_are_explained_fact_by_fact(dedupe, doubtful) -> None:
    ran = dedupe("explain", "crm:a", "crm:b")
    assert ran.code == 0
    assert "family names are the same" in ran.out
    assert "together" in ran.out


def test_a_candidate_is_listed_shown_and_decided(dedupe, town) -> None:
    dedupe("nightly")
    waiting = dedupe("review", "list", "--json").json
    assert waiting["waiting"] > 0
    first = waiting["candidates"][0]
    likely = ("--min-probability", str(first["probability"]), "--sort", "age", "--cause", first["cause"])
    of_it = ("--source", first["left"][0]["source"])
    filtered = dedupe("review", "list", "--limit", "999", *likely, *of_it, "--json").json["candidates"]
    assert first in filtered
    assert all(one["probability"] >= first["probability"] for one in filtered)
    assert dedupe("review", "list", "--source", "nowhere").out.startswith("none of the")
    candidate = waiting["candidates"][0]["id"]
    shown = dedupe("review", "show", candidate, "--json").json
    assert shown["pairs"]
    ran = dedupe("review", "decide", candidate, "same", "--seen", shown["seen"])
    assert ran.code == 0, ran.err
    sides = [*shown["question"]["left"], *shown["question"]["right"]]
    found = {dedupe("lookup", f"{one['source']}:{one['external_id']}", "--json").out for one in sides}
    assert len(found) == 1
    assert candidate not in dedupe("review", "list", "--limit", "999", "--json").out


def test_the_queue_is_narrowed_given_out_and_answered_many_at_once(dedupe, town) -> None:
    dedupe("nightly")
    facets = dedupe("review", "facets", "--json").json
    pattern = facets["pattern"][0]
    listed = dedupe("review", "list", "--pattern", pattern["value"], "--limit", "999", "--json").json
    assert listed["matching"] == pattern["questions"]
    somebody = listed["candidates"][0]["left"][0]
    found = dedupe("review", "list", "--search", f"{somebody['source']}:{somebody['external_id']}", "--json")
    assert found.json["matching"] >= 1
    first = dedupe("review", "next").out.strip()
    assert dedupe("review", "assign", first, "Nobody").code == 2
    assert "nobody's" in dedupe("review", "release", first).out
    kept = dedupe("review", "views", "--keep", "mine", "--where", '{"cause": "doubtful"}', "--json").json
    assert [one["name"] for one in kept] == ["mine"]
    assert dedupe("review", "views", "--keep", "odd", "--where", '{"cause": "odd"}').code == 2
    group = dedupe("review", "group", pattern["value"], "--json").json
    done = dedupe("review", "answer-group", "different", "--seen", group["seen"], "--json").json
    assert done["answered"] == group["answerable"] - len(done["left_out"]) > 0
    assert dedupe("review", "progress", "--json").json["reviewers"][0]["answers"] == done["answered"]
    assert dedupe("review", "revoke", done["decision"]).code == 0
    assert dedupe("review", "group", pattern["value"], "--json").json["matching"] == group["matching"]


def test_deciding_without_having_looked_is_refused(dedupe, town) -> None:
    dedupe("nightly")
    candidate = dedupe("review", "list", "--json").json["candidates"][0]["id"]
    ran = dedupe("review", "decide", candidate, "same")
    assert ran.code == 2
    assert "--seen" in ran.err


def test_a_value_said_to_be_shared_links_nobody_from_the_next_night_on(dedupe, tmp_path) -> None:
    file = tmp_path / "crm.csv"
    rows = ["1,Ann Lee,ann.lee@example.org", "2,Ann Lee,ann.lee@example.org"]
    file.write_text("\n".join(["record_id,name,email", *rows]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    assert golden_of(dedupe, "1") == golden_of(dedupe, "2")
    dedupe("review", "value", "ann.lee@example.org", "shared", "--note", "they share it")
    dedupe("nightly")
    assert golden_of(dedupe, "1") != golden_of(dedupe, "2")


def test_a_pinned_field_is_shown_until_the_pin_is_revoked(dedupe, tmp_path) -> None:
    file = tmp_path / "crm.csv"
    rows = ["1,Ann Lee,ann.lee@example.org,Old Ltd", "2,Ann Lee,ann.lee@example.org,New Ltd"]
    file.write_text("\n".join(["record_id,name,email,company", *rows]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")

    def company():
        return dedupe("lookup", "crm:1", "--json").json[0]["contact"]["fields"]["company"]["value"]

    shown = company()
    other = {"Old Ltd": "New Ltd", "New Ltd": "Old Ltd"}[shown]
    assert dedupe("review", "pin", "crm:1", "company", other).code == 0
    assert company() == other
    dedupe("review", "revoke", dedupe("review", "history", "--json").json[0]["id"])
    assert company() == shown


def test_an_empty_queue_says_so(dedupe) -> None:
    assert dedupe("review", "list").out == "no question waits for a person\n"
    assert dedupe("review", "list", "--json").json["candidates"] == []

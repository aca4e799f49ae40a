"""`explain` and `similar` as a person runs them, bad input included."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

ROWS = [
    "1,Ann Quill,ann@quill.example",
    "2,Ann Quill,ann@quill.example",
    "3,Bob Stone,bob@stone.example",
]


@pytest.fixture
def crm(dedupe, tmp_path):
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["record_id,name,email", *ROWS]), encoding="utf-8")
    dedupe("import", file, "--source", "crm")
    dedupe("nightly")
    return dedupe


def test_what_stopped_two_contacts_comes_first(dedupe, crm) -> None:
    ran = dedupe("explain", "ann@quill.example", "crm/3")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0].startswith("They are not one golden contact. First stopped at: blocked")
    told = dedupe("explain", "ann@quill.example", "crm/3", "--json").json
    assert told["gate"] == "blocked"
    assert told["pairs"] == 2


def test_the_waterfall_is_drawn_into_a_file(dedupe, crm, tmp_path) -> None:
    picture = tmp_path / "pair.svg"
    ran = dedupe("explain", "crm:1", "crm:2", "--svg", picture)
    assert ran.code == 0, ran.err
    assert "crm:1 ~ crm:2" in "".join(ElementTree.parse(picture).getroot().itertext())


def test_a_picture_that_could_not_be_drawn_leaves_no_file(dedupe, crm, tmp_path) -> None:
    for left, code in (("crm:9", 0), ("ann@", 2)):
        picture = tmp_path / "pair.svg"
        assert dedupe("explain", left, "crm:1", "--svg", picture).code == code
        assert not picture.exists()
    assert dedupe("explain", "crm:1", "crm:2", "--svg", tmp_path / "no" / "pair.svg").code == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("crm:1", "crm:1"),
        ("ann@", "crm:1"),
        ("nosuch:1", "crm:1"),
        ("12", "crm:1"),
        ("01a1fbaf-6e8c-725c-9471-fb5005eb2369", "crm:1"),
        ("", "crm:1"),
    ],
)
def test_what_names_nobody_is_bad_input_and_no_value_is_repeated(dedupe, crm, left, right) -> None:
    for command in ("explain", "similar"):
        ran = dedupe(command, left, right)
        assert ran.code == 2
        assert "ann@" not in ran.err
        assert "Traceback" not in ran.err


def test_similar_links_are_counted_before_they_are_listed(dedupe, crm) -> None:
    ran = dedupe("similar", "crm:1", "crm:2")
    assert ran.code == 0, ran.err
    assert "crm:1 and crm:2 are linked" in ran.out
    assert "  the given names are the same" in ran.out
    assert "given_name" not in ran.out
    assert dedupe("similar", "crm:1", "crm:2", "--json").json["counts"]["links"] == 0
    assert dedupe("similar", "crm:1", "nobody@nowhere.example").code == 2
    assert dedupe("similar", "crm:1", "crm:2", "--limit", "0").code == 2


def test_an_empty_database_says_what_to_do(dedupe) -> None:
    for command in ("explain", "similar"):
        ran = dedupe(command, "crm:1", "crm:2")
        assert ran.code == 2
        assert "dedupe import" in ran.err

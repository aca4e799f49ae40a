"""`dedupe writeback`: a plan to read, an apply that a night makes too, what is said where nothing can be."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv
import pytest

from tests.cli.conftest import Town
from tests.pipeline.writing_house import vacant


@pytest.fixture
def writing(town: Town) -> Town:
    written(town, 'field = "custom_attributes.golden_id"')
    return town


def written(town: Town, section: str, source: str = "digital99") -> None:
    with town.config.open("a") as config:
        config.write(f"\n[sources.{source}.writeback]\n{section}\n")


def test_a_plan_is_read_then_applied_and_nothing_is_left(dedupe, writing: Town, tmp_path: Path) -> None:
    assert dedupe("nightly").code == 0
    file = tmp_path / "plan.csv"
    assert dedupe("writeback", "plan", "--output", file).code == 0
    rows = pyarrow.csv.read_csv(file).to_pylist()
    assert {one["action"] for one in rows} == {"write"}
    assert dedupe("writeback", "apply", "digital99", "--dry-run").code == 0
    assert writing.running["digital99"].counts["writes"] == 0
    done = dedupe("writeback", "apply", "--json")
    assert (done.code, done.json[0]["written"]) == (0, len(rows))
    status = dedupe("writeback", "status", "--json").json["sources"]["digital99"]
    assert (status["keep"], status["write"]) == (len(rows), 0)
    desk = writing.running["digital99"]
    held = {str(one["id"]): one["custom_attributes"]["golden_id"] for one in desk.contacts()}
    assert held == {str(one["external_id"]): one["golden_id"] for one in rows}


def test_a_night_applies_where_the_configuration_says_so_and_the_next_one_is_quiet(
    dedupe, town: Town, tmp_path: Path
) -> None:
    whippy, report = town.running["whippy"], tmp_path / "report.json"
    vacant(whippy)
    written(town, 'field = "external_id"\nnightly = true', "whippy")
    assert "Written back" in dedupe("nightly").out
    writes = whippy.counts["writes"]
    assert writes > 0
    dedupe("nightly", "--report", report)
    night = json.loads(report.read_text())
    [walked] = [one for one in night["collected"]["sources"] if one["source"] == "whippy"]
    assert (walked["changed"], night["merged"]["status"]) == (0, "unchanged")
    assert walked["fetched"] >= writes  # the provider tells of each: our write moved its time
    assert whippy.counts["writes"] == writes


def test_a_provider_that_can_hold_nothing_is_told_before_anything_is_asked(dedupe, town: Town) -> None:
    written(town, 'field = "description"', "askelephant")
    written(town, 'field = "identifier"', "livedesk")
    said = dedupe("nightly")
    assert said.code == 2
    assert "sources.askelephant.writeback: its contacts have no field that is free" in said.err
    assert "sources.livedesk.writeback.field: livedesk holds it in custom_attributes.KEY" in said.err


def test_without_a_section_nothing_is_written(dedupe, town: Town) -> None:
    assert dedupe("nightly").code == 0
    assert dedupe("writeback", "apply").code == 0
    assert sum(one.counts["writes"] for one in town.running.values()) == 0
    refused = dedupe("writeback", "apply", "whippy")
    assert (refused.code, "has no write-back" in refused.err) == (2, True)


def test_what_was_written_is_told_when_its_section_is_taken_out(dedupe, writing: Town) -> None:
    dedupe("nightly")
    dedupe("writeback", "apply")
    text = writing.config.read_text()
    writing.config.write_text(text[: text.index("[sources.digital99.writeback]")])
    assert "withdraw = true" in dedupe("writeback", "status").out
    assert "golden ids that were written back stand at digital99" in dedupe("doctor", "digital99").out

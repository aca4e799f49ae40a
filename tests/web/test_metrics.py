"""What `/metrics` tells, and that the rules and the dashboard that we ship ask for nothing else."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import (  # type: ignore[attr-defined, unused-ignore]
    AggregateExpr,
    BinaryExpr,
    Call,
    MatrixSelector,
    ParenExpr,
    UnaryExpr,
    VectorSelector,
    parse,
)
from sqlalchemy import text

from dedupe.deliveries.subscription import EventSubscription, Target
from dedupe.pipeline.figures import FIGURES
from dedupe.storage.database import Database
from dedupe.web.metrics import OWN
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
RULES = OPERATIONS / "alerts.yml"
DASHBOARD = OPERATIONS / "dashboard.json"

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def series(client: httpx.Client) -> Series:
    told = client.get("/metrics").raise_for_status().text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }


def value(found: Series, name: str, **labels: str) -> float:
    return found[f"dedupe_{name}", tuple(sorted(labels.items()))]


@pytest.fixture
def told(opened: Open, house: DecidingHouse) -> httpx.Client:
    """After a night over three contacts of two sources, of which one is gone."""
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@example.org"),
        contact("shop:2", name="Ann Lee", email="ann@example.org"),
        contact("shop:3", name="Bob Ray", email="bob@example.org"),
    )
    house.merges()
    house.vanished("shop:3")
    return opened()


def test_a_night_is_told_by_what_its_report_says(told: httpx.Client) -> None:
    found = series(told)
    assert value(found, "golden_contacts") == 2
    assert value(found, "source_contacts", source="crm") == 1
    assert value(found, "source_contacts", source="shop") == 2
    assert value(found, "gone_contacts", source="shop") == 1
    assert 0 <= value(found, "seconds_since_published_night") < 600
    assert value(found, "night_seconds") > 0
    assert value(found, "night_peak_bytes") > 1e7
    assert value(found, "night_stage_seconds", stage="publish") > 0
    assert 0 <= value(found, "wrong_merges_estimated") <= 1
    assert value(found, "database_bytes") > 1e6


def test_what_never_was_is_longer_ago_than_any_limit(client: httpx.Client, house: DecidingHouse) -> None:
    house.collected(contact("crm:1", name="Ann Lee", email="ann@example.org"))
    found = series(client)
    assert value(found, "seconds_since_published_night") == math.inf
    assert value(found, "seconds_since_complete_walk", source="crm") == math.inf


def test_the_schedule_is_told(client: httpx.Client, database: Database) -> None:
    assert value(series(client), "nights_run") == 0
    client.post("/v1/schedule/pause")
    with database.begin() as connection:
        connection.execute(
            text("UPDATE dedupe.night_schedule SET plan = 'x', next_at = now() + interval '1h'")
        )
        connection.execute(
            text("""
            INSERT INTO dedupe.scheduled_nights
            SELECT now() - n * interval '1 day', 'due', 0, 1, 'x', now() - n * interval '1 day', now(),
                   outcome, 1
              FROM (VALUES (1, 'failed'), (2, 'given up'), (3, 'done'), (4, 'failed')) AS past(n, outcome)""")
        )
    with database.lock("run"):
        found = series(client)
    assert value(found, "nights_paused") == 1
    assert value(found, "nights_run") == 1
    assert value(found, "scheduled_nights_failed") == 2
    assert 3500 < value(found, "seconds_until_next_night") <= 3600


def test_this_process_tells_its_connections_its_memory_and_its_files(client: httpx.Client) -> None:
    found = series(client)
    assert 1 <= value(found, "database_connections_in_use") <= value(found, "database_connections")
    assert found["process_resident_memory_bytes", ()] > 1e7
    assert found["process_open_fds", ()] > 3
    assert any(name == "dedupe_build_info" for name, _ in found)


def test_the_time_of_lookups_is_a_histogram(client: httpx.Client) -> None:
    client.post("/v1/lookup", json={"email": "nobody@example.org"})
    client.get("/v1/golden-contacts", params={"email": "nobody@example.org"})
    for _ in range(100):
        found = series(client)
        key = (("route", "/v1/lookup"),)
        if found.get(("dedupe_http_request_seconds_count", key)) == 1:
            break
    assert found["dedupe_http_request_seconds_bucket", (("le", "+Inf"), *key)] == 1


def test_all_that_is_told_is_described(told: httpx.Client) -> None:
    families = {family.name for family in text_string_to_metric_families(told.get("/metrics").text)}
    ours = {name for name in families if name.startswith("dedupe_")}
    assert ours == {one.name for one in FIGURES} | {
        f"{one.name}_info" if one.kind == "info" else one.name for one in OWN
    }


# --- the rules and the dashboard ---

RULE = {
    "type": "object",
    "required": ["alert", "expr", "for", "labels", "annotations"],
    "additionalProperties": False,
    "properties": {
        "alert": {"type": "string", "pattern": "^Dedupe[A-Za-z]+$"},
        "expr": {"type": "string", "minLength": 1},
        "for": {"type": "string", "pattern": "^[0-9]+(m|h|d)$"},
        "labels": {
            "type": "object",
            "required": ["severity"],
            "properties": {"severity": {"enum": ["page", "ticket"]}},
        },
        "annotations": {"type": "object", "required": ["summary", "description"]},
    },
}
TARGET = {"type": "object", "required": ["refId", "expr", "datasource"]}
PANEL = {
    "type": "object",
    "required": ["id", "type", "title", "gridPos"],
    "properties": {
        "id": {"type": "integer"},
        "type": {"enum": ["row", "stat", "timeseries"]},
        "gridPos": {
            "type": "object",
            "required": ["x", "y", "w", "h"],
            "properties": {"x": {"minimum": 0, "maximum": 23}, "w": {"minimum": 1, "maximum": 24}},
        },
        "targets": {"type": "array", "minItems": 1, "items": TARGET},
    },
}
BOARD = {
    "type": "object",
    "required": ["title", "uid", "schemaVersion", "panels", "templating", "time"],
    "properties": {"schemaVersion": {"minimum": 36}, "panels": {"type": "array", "items": PANEL}},
}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def expressions() -> dict[str, str]:
    """Every expression of both, by where it stands."""
    found = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")
            found[f"{panel['title']} {target['refId']}"] = expr
    return found


def selectors(expr: Any) -> Iterator[Any]:
    match expr:
        case VectorSelector():
            yield expr
        case MatrixSelector():
            yield from selectors(expr.vector_selector)
        case BinaryExpr():
            yield from selectors(expr.lhs)
            yield from selectors(expr.rhs)
        case AggregateExpr() | ParenExpr() | UnaryExpr():
            yield from selectors(expr.expr)
        case Call():
            for argument in expr.args:
                yield from selectors(argument)


@pytest.mark.parametrize("where", expressions())
def test_what_an_expression_asks_for_is_told(where: str, everything: dict[str, set[str]]) -> None:
    asked = list(selectors(parse(expressions()[where])))
    assert asked
    for one in asked:
        assert one.name in everything, f"{where} asks for {one.name}"
        labels = {matcher.name for matcher in one.matchers.matchers} - {"job", "instance"}
        assert labels <= everything[one.name]


@pytest.fixture(scope="module")
def everything() -> dict[str, set[str]]:
    """Every name that a scrape can have, with its labels; a test above holds them against a real one."""
    found = {one.name: {one.label} if one.label else set() for one in FIGURES}
    for one in OWN:
        labels = set(one.labels)
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "info": ["_info"]}
        for end in ends.get(one.kind, [""]):
            found[one.name + end] = labels | ({"le"} if end == "_bucket" else set())
    return found | {"process_resident_memory_bytes": set(), "process_open_fds": set()}


def test_a_scrape_has_every_name_and_label(
    told: httpx.Client, everything: dict[str, set[str]], opened: Open, database: Database
) -> None:
    target = Target("https://crm.example.org/hook", (b"secret",))
    client = opened(subscriptions=(EventSubscription("crm", target),))
    with database.begin() as connection:
        connection.execute(
            text("""INSERT INTO dedupe.subscriptions (name, position, delivered, rests, began_at)
                    VALUES ('crm', 0, 0, 0, now())""")
        )
        connection.execute(text("INSERT INTO dedupe.night_schedule VALUES ('nights', 'x', now())"))
        connection.execute(
            text("""UPDATE dedupe.merge_runs SET report = jsonb_set(jsonb_set(report::jsonb,
                    '{quality,audit}', '"a"'), '{quality,wrong_merges}', '[0.01, 0, 0.02]')""")
        )
    client.get("/healthz")
    found: dict[str, set[str]] = {}
    for name, labels in series(client):
        found.setdefault(name, set()).update(label for label, _ in labels)
    for name, expected in everything.items():
        assert found.get(name) == expected, name


def test_the_rules_are_of_their_shape_and_say_what_to_do() -> None:
    for rule in rules():
        jsonschema_rs.validate(RULE, rule)
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


def test_every_command_that_a_rule_names_exists() -> None:
    from tests.test_docs import unknown

    said = RULES.read_text("utf-8")
    calls = [call for code in re.findall(r"`dedupe ([^`]*)`", said) for call in [code.split(" --")[0]]]
    assert calls
    assert [call for call in calls if unknown(re.sub(r"[A-Z{].*", "", call).strip())] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not here")
def test_prometheus_takes_the_rules() -> None:
    ran = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_dashboard_is_of_its_shape() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    jsonschema_rs.validate(BOARD, board)
    panels = board["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} covers another panel"
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_everything_that_an_alarm_needs_has_a_rule_or_a_panel() -> None:
    asked = {one.name for expr in expressions().values() for one in selectors(parse(expr))}
    left_out = {one.name for one in FIGURES} - asked
    assert left_out <= {"dedupe_held_runs_seconds", "dedupe_night_seconds", "dedupe_live_held_components"}

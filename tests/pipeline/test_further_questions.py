"""What is asked behind a list may fail: what was read is kept, and nobody unseen is called seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from dedupe.fetchers.settings import SourceSettings
from tests.fetchers.scripted_provider import Answer, Provider, provider
from tests.pipeline.collecting_house import live, night
from tests.pipeline.test_ends import source

MOMENT = "2026-01-01T00:00:00Z"
NAMED: list[dict[str, Any]] = [
    {"id": f"c{n:03}", "name": f"N{n:03}", "updated_at": MOMENT} for n in range(45)
]
NAMELESS: list[dict[str, Any]] = [{"id": f"x{n:03}", "name": None, "updated_at": MOMENT} for n in range(25)]
EVERYBODY = {row["id"] for row in [*NAMED, *NAMELESS]}
FAILURES = {
    "refuses it": Answer('{"errors": []}', 400),
    "refuses it as unknown": Answer('{"errors": []}', 422),
    "forbids it": Answer('{"errors": []}', 403),
    "fails": Answer("{}", 500),
    "leads elsewhere": Answer("", 302, {"Location": "/login"}),
    "answers with a page for people": Answer("<html>", 200),
    "answers with another shape": Answer('{"contacts": []}'),
}
Query = dict[str, str]
Scripted = Callable[[Query], Answer | None]


def whippy(query: Query, nameless: list[dict[str, Any]], first: bool = False) -> Answer:
    """Ordered by name; behind a cursor nobody whose name is null is listed."""
    listed = [*nameless, *NAMED] if first else [*NAMED, *nameless]
    if query.get("name") == "nil":
        listed = nameless
    if "updated_at[after]" in query:
        listed = [row for row in listed if row["updated_at"] > query["updated_at[after]"]]
    if "cursor" in query:
        behind = next((n for n, row in enumerate(NAMED) if row["id"] == query["cursor"]), len(NAMED))
        listed = NAMED[behind + 1 :]
    begin, limit = int(query.get("offset", 0)), int(query["limit"])
    shown = listed[begin : begin + limit]
    following = shown[-1]["id"] if begin + limit < len(listed) else None
    return Answer(json.dumps({"data": shown, "metadata": {"next_cursor": following}}))


@contextmanager
def texting(
    scripted: Scripted, nameless: list[dict[str, Any]] = NAMELESS, first: bool = False, limit: int = 10
) -> Iterator[tuple[SourceSettings, Provider]]:
    """A source of whippy's, but for what is scripted."""

    def made(path: str) -> Answer:
        parts = urlsplit(path)
        if parts.path != "/v1/contacts":
            return Answer("{}", 400)
        query = dict(parse_qsl(parts.query))
        return scripted(query) or whippy(query, nameless, first)

    with provider(made) as said:
        own = source(said, "whippy")
        yield replace(own, options={**own.options, "limit": limit}), said


def by_name(answer: Answer) -> Scripted:
    return lambda query: answer if "name" in query else None


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("failure", FAILURES)
def test_the_nameless_are_read_by_offset_where_the_filter_by_name_fails(database, failure, first):
    with texting(by_name(FAILURES[failure]), first=first) as (own, _):
        for _ in range(2):
            report = night(database, [own], full=True)["crm"]
            assert (report.status, report.reason) == ("complete", None)
    assert live(database, "crm").keys() == EVERYBODY


@pytest.mark.parametrize("first", [True, False])
def test_they_are_read_by_offset_where_the_filter_has_no_effect(database, first):
    def ignored(query: Query) -> Answer | None:
        return whippy({**query, "name": ""}, NAMELESS, first) if "name" in query else None

    with texting(ignored, first=first) as (own, _):
        assert night(database, [own])["crm"].status == "complete"
    assert live(database, "crm").keys() == EVERYBODY


def test_where_nobody_is_nameless_one_question_more_proves_it(database):
    with texting(by_name(Answer("{}", 500)), nameless=[]) as (own, said):
        assert night(database, [own])["crm"].status == "complete"
        offsets = [path for path, _ in said.requests if "offset=" in path and "name=" not in path]
    assert offsets == ["/v1/contacts?limit=10&offset=44"]


@pytest.mark.parametrize(("nil", "offset"), [*zip(FAILURES, [*FAILURES][2:] + [*FAILURES][:2], strict=True)])
def test_a_walk_that_can_not_ask_for_the_nameless_keeps_what_it_read_and_says_who_may_be_missing(
    database, nil, offset
):
    def scripted(query: Query) -> Answer | None:
        if "name" in query:
            return FAILURES[nil]
        return FAILURES[offset] if "offset" in query else None

    with texting(scripted) as (own, _):
        for _ in range(2):
            report = night(database, [own])["crm"]
            assert (report.status, report.failed, report.gone) == ("incomplete", False, 0)
            assert "contacts without a name may be missing" in str(report.reason)
    assert live(database, "crm").keys() >= {row["id"] for row in NAMED}


def test_an_offset_without_effect_proves_nothing(database):
    def scripted(query: Query) -> Answer | None:
        if "name" in query:
            return FAILURES["refuses it"]
        return whippy({**query, "offset": "0"}, NAMELESS) if "offset" in query else None

    with texting(scripted) as (own, _):
        report = night(database, [own])["crm"]
    assert (report.status, report.failed) == ("incomplete", False)
    assert "offset has no effect" in str(report.reason)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_list_of_one_page_needs_no_proof_about_the_nameless(database, failure):
    """No cursor was used, so its end is everybody's."""
    with texting(lambda query: FAILURES[failure] if "offset" in query else None, limit=100) as (own, _):
        assert night(database, [own])["crm"].status == "complete"
    assert live(database, "crm").keys() == EVERYBODY


@pytest.mark.parametrize("failure", FAILURES)
def test_a_walk_that_can_not_ask_for_what_changed_keeps_what_it_read_and_says_so(database, failure):
    changed = lambda query: FAILURES[failure] if "updated_at[after]" in query else None  # noqa: E731
    with texting(changed) as (own, _):
        for _ in range(2):
            report = night(database, [own])["crm"]
            assert (report.mode, report.status, report.failed) == ("full", "incomplete", False)
            assert "renamed during the walk may be missing" in str(report.reason)
    assert live(database, "crm").keys() == EVERYBODY


def test_a_provider_that_answers_nothing_any_more_fails_and_is_gone_on_with(database):
    down = False

    def scripted(query: Query) -> Answer | None:
        nonlocal down
        down = down or "name" in query
        return Answer("{}", 500) if down else None

    with texting(scripted) as (own, said):
        assert night(database, [own])["crm"].failed
    with texting(lambda _query: None) as (own, said):
        report = night(database, [own])["crm"]
    assert (report.status, report.resumed) == ("complete", True)
    assert "name=nil" in said.requests[0][0]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("every", [True, False])
def test_a_list_cut_at_a_hundred_is_kept_where_the_search_fails(database, failure, every):
    actors = [{"id": f"a{n:03}", "type": "user", "name": f"{'ab'[n % 2]}{n}"} for n in range(130)]

    def made(path: str) -> Answer:
        parts = urlsplit(path)
        if not parts.path.endswith("/contacts"):
            return Answer("{}", 400)
        term = dict(parse_qsl(parts.query)).get("q", "")
        if term and (every or term == "a"):
            return FAILURES[failure]
        shown = [one for one in actors if term in one["name"]][:100]
        return Answer(json.dumps({"data": shown, "page_info": {"has_next_page": False}}))

    with provider(made) as said:
        report = night(database, [source(said, "openmrp")])["crm"]
    assert (report.status, report.failed) == ("incomplete", False)
    assert f"{3 if every else 1} searches failed, the last with: crm: " in str(report.reason)
    assert len(live(database, "crm")) == (100 if every else 130)

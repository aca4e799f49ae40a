"""An end is believed where it is stated, and every walk has one: over HTTP, by each provider's own shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Fetcher, Mode, Start, WalkSummary
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.walks.loop_guard import PATIENCE
from tests.fetchers.scripted_provider import Answer, Provider, provider
from tests.pipeline.collecting_house import live, night

Rows = list[dict[str, Any]]
MOMENT = "2026-01-01T00:00:00.000Z"


def rows(first: int, number: int) -> Rows:
    return [{"id": f"c{n}", "updated_at": MOMENT} for n in range(first, first + number)]


def page(name: str, data: Rows, following: str | None) -> dict[str, Any]:
    """A page as each provider writes it; `following` is its next cursor."""
    if name == "whippy":
        return {"data": data, "metadata": {"next_cursor": following}}
    if name == "askelephant":
        return {"data": data, "has_more": following is not None, "next_cursor": following}
    link = None if following is None else f"/v1/messaging/contacts?cursor={following}"
    return {"data": data, "page_info": {"has_next_page": link is not None, "next_page_url": link}}


def source(said: Provider, name: str) -> SourceSettings:
    secrets = {"token": "t", "key": "k", "secret": "s"}
    options = {"backoff": 0.001}
    return SourceSettings(
        "crm", name, base_url=said.url, secrets=secrets, account_id="7", rate=10_000, options=options
    )


Answering = Callable[[str | None, int], Any]


@contextmanager
def answering(answer: Answering) -> Iterator[Provider]:
    """A provider that answers by the cursor (or page) asked for and by how many came before."""
    asked = 0

    def made(path: str) -> Answer:
        nonlocal asked
        asked += 1
        query = parse_qs(urlsplit(path).query)
        cursors = query.get("cursor") or query.get("page") or []
        return Answer(json.dumps(answer(cursors[0] if cursors else None, asked)))

    with provider(made) as said:
        yield said


def walked(said: Provider, name: str) -> tuple[list[str], str | None]:
    """The ids that a full walk shows and why it is incomplete."""
    fetcher: Fetcher = fetcher_for(source(said, name))
    ids: list[str] = []
    cursor: dict[str, Any] = {}
    with api_for(fetcher) as api:
        for one in fetcher.fetch(api, Start(Mode.FULL)):
            cursor = one.cursor
            ids += [key for row in one.payloads if (key := fetcher.external_id(row)) is not None]
    unique = len(set(ids))
    return ids, fetcher.assess_walk(WalkSummary(cursor, len(ids), unique))


CURSORS = ["whippy", "askelephant", "openmrp"]


@pytest.mark.parametrize("name", CURSORS)
def test_cursors_that_go_round_over_ever_new_rows_end(name):
    def answer(cursor: str | None, asked: int) -> Any:
        return page(name, rows(asked * 3, 3), {None: "A", "A": "B", "B": "A"}[cursor])

    with answering(answer) as said, pytest.raises(ContractChanged, match="leads back to a page"):
        walked(said, name)
    assert len(said.requests) < 30


@pytest.mark.parametrize("name", CURSORS)
def test_ever_new_cursors_over_empty_pages_end(name):
    with (
        answering(lambda _cursor, asked: page(name, [], f"next{asked}")) as said,
        pytest.raises(ContractChanged, match="no contact that was not there before"),
    ):
        walked(said, name)
    assert len(said.requests) <= 2 * PATIENCE


@pytest.mark.parametrize("name", CURSORS)
def test_ever_new_cursors_over_the_same_rows_end(name):
    def answer(cursor: str | None, asked: int) -> Any:
        number = int((cursor or "next0").removeprefix("next"))
        return page(name, rows(number % 7 * 3, 3), f"next{number + 1}")

    with (
        answering(answer) as said,
        pytest.raises(ContractChanged, match="no contact that was not there before"),
    ):
        walked(said, name)
    assert len(said.requests) <= 2 * (PATIENCE + 8)


@pytest.mark.parametrize("name", ["digital99", "livedesk"])
@pytest.mark.parametrize("meta", [{}, {"count": 10**12}])
def test_numbered_pages_that_come_round_again_and_again_end(name, meta):
    def answer(number: str | None, _asked: int) -> Any:
        return {"meta": meta, "payload": family(45)[int(number or 1) % 3 * 15 :][:15]}

    with (
        answering(answer) as said,
        pytest.raises(ContractChanged, match="no contact that was not there before"),
    ):
        walked(said, name)
    assert len(said.requests) <= 3 * PATIENCE


@pytest.mark.parametrize("name", CURSORS)
def test_a_source_without_end_fails_and_keeps_what_came(database, name):
    with answering(lambda cursor, asked: page(name, rows(asked * 3, 3), cursor or "A")) as said:
        report = night(database, [source(said, name)])["crm"]
    assert (report.status, report.failure) == ("failed", "ContractChanged")
    assert len(live(database, "crm")) >= 3


@pytest.mark.parametrize("refusal", [400, 404, 409, 422])
def test_whippy_is_walked_whole_where_it_knows_no_filter_by_name(refusal):
    def made(path: str) -> Answer:
        if "name=nil" in path:
            return Answer('{"error": "no such filter"}', refusal)
        return Answer(json.dumps(page("whippy", rows(0, 3), None)))

    with provider(made) as said:
        assert walked(said, "whippy") == (["c0", "c1", "c2"] * 2, None)


def test_whippy_is_incomplete_where_an_offset_has_no_effect_on_the_nameless():
    def made(path: str) -> Answer:
        return Answer(json.dumps(page("whippy", rows(0, 3), "more" if "name=nil" in path else None)))

    with provider(made) as said:
        _, reason = walked(said, "whippy")
    assert "offset has no effect" in str(reason)


UNSAID = [
    ("whippy", {"data": rows(0, 3), "metadata": None}, "next_cursor"),
    ("whippy", {"data": rows(0, 3), "metadata": {}}, "next_cursor"),
    ("whippy", {"data": rows(0, 3)}, "next_cursor"),
    ("whippy", {"data": rows(0, 3), "metadata": {"next_cursor": ""}}, "next_cursor"),
    ("openmrp", {"data": rows(0, 3)}, "page_info"),
    ("openmrp", {"data": rows(0, 3), "page_info": None}, "page_info"),
    ("openmrp", {"data": rows(0, 3), "page_info": {}}, "page_info"),
    ("openmrp", {"data": rows(0, 3), "page_info": {"next_page_url": ""}}, "page_info"),
    ("openmrp", {"data": rows(0, 3), "page_info": {"has_next_page": True}}, "no link"),
    (
        "openmrp",
        {"data": rows(0, 3), "page_info": {"has_next_page": True, "next_page_url": None}},
        "no link",
    ),
    ("askelephant", {"data": rows(0, 3)}, "has_more"),
    ("askelephant", {"data": rows(0, 3), "has_more": None, "next_cursor": None}, "has_more"),
    ("askelephant", {"data": rows(0, 3), "next_cursor": "A"}, "has_more"),
    ("digital99", {"payload": [], "meta": {}}, "how many"),
    ("digital99", {"payload": []}, "how many"),
    ("livedesk", {"payload": [], "meta": {"count": None}}, "how many"),
]


@pytest.mark.parametrize(("name", "body", "why"), UNSAID)
def test_an_end_that_is_not_stated_makes_a_walk_incomplete_and_says_why(name, body, why):
    with answering(lambda _cursor, _asked: body) as said:
        ids, reason = walked(said, name)
    assert len(ids) >= len(body.get("data", ()))
    assert why in str(reason)


@pytest.mark.parametrize("name", CURSORS)
def test_an_end_that_is_stated_makes_it_complete(name):
    with answering(lambda _cursor, _asked: page(name, rows(0, 3), None)) as said:
        ids, reason = walked(said, name)
    assert (set(ids), reason) == ({"c0", "c1", "c2"}, None)


def test_a_disagreement_about_the_end_is_a_broken_contract():
    info = {"has_next_page": False, "next_page_url": "/v1/messaging/contacts?cursor=B"}
    with (
        answering(lambda _cursor, _asked: {"data": rows(0, 3), "page_info": info}) as said,
        pytest.raises(ContractChanged, match="disagree"),
    ):
        walked(said, "openmrp")


@pytest.mark.parametrize("earlier", [0, 1, 99, 100, 150])
def test_more_contacts_of_one_moment_than_a_page_holds_are_walked(earlier):
    """An import stamps thousands at once; a walk may begin with them."""
    held = [{"id": f"e{n}", "updated_at": f"2025-01-01T00:00:{n % 60:02}.000Z"} for n in range(earlier)]
    held = [*sorted(held, key=lambda row: row["updated_at"]), *rows(0, 250)]

    def made(path: str) -> Answer:
        query = {key: said[0] for key, said in parse_qs(urlsplit(path).query).items()}
        listed = [row for row in held if row["updated_at"] >= query.get("filter[updated_at][gte]", "")]
        begin = [row["id"] for row in listed].index(query["cursor"]) + 1 if "cursor" in query else 0
        shown, more = listed[begin : begin + 100], begin + 100 < len(listed)
        return Answer(json.dumps(page("askelephant", shown, shown[-1]["id"] if more else None)))

    with provider(made) as said:
        ids, reason = walked(said, "askelephant")
    assert (len(set(ids)), reason) == (len(held), None)


def numbered(contacts: Rows, doubled: Callable[[int, Rows], Rows] = lambda _n, rows: rows) -> Answering:
    """Pages of fifteen of the Chatwoot family."""

    def answer(number: str | None, _asked: int) -> Any:
        begin = (int(number or 1) - 1) * 15
        shown = doubled(int(number or 1), contacts[begin : begin + 15])
        return {"payload": shown, "meta": {"count": len(contacts), "current_page": number}}

    return answer


def family(number: int) -> Rows:
    return [{"id": n, "created_at": 1_700_000_000 + n, "email": f"a{n}@example.org"} for n in range(number)]


@pytest.mark.parametrize("name", ["digital99", "livedesk"])
@pytest.mark.parametrize("place", ["the end of its page", "a later page", "every page"])
def test_a_contact_that_stands_twice_keeps_no_walk_from_being_complete(database, name, place):
    def doubled(number: int, shown: Rows) -> Rows:
        if place == "the end of its page" and number == 2:
            return [*shown, shown[3]]
        if place == "a later page" and number == 4:
            return [*shown, family(1)[0]]
        return [*shown, *shown[:1]] if place == "every page" else shown

    with answering(numbered(family(70), doubled)) as said:
        report = night(database, [source(said, name)])["crm"]
    assert (report.status, report.reason, report.walks) == ("complete", None, 1)
    assert (report.unique, len(live(database, "crm"))) == (70, 70)


@pytest.mark.parametrize("number", [1, 15, 16])
def test_an_account_of_few_contacts_is_walked_whole(number):
    with answering(numbered(family(number))) as said:
        assert walked(said, "digital99")[1] is None


IDS = [None, "", [1], {"id": 1}, True, 1.5]


@pytest.mark.parametrize("name", [*CURSORS, "digital99", "livedesk"])
@pytest.mark.parametrize("odd", [IDS, IDS[:1]])
def test_rows_without_an_id_are_set_aside_and_leave_the_walk_incomplete(database, name, odd):
    def answer(cursor: str | None, _asked: int) -> Any:
        shown = [{"id": key, "created_at": 1, "updated_at": MOMENT} for key in odd]
        if name not in CURSORS:
            return {"payload": shown if cursor == "1" else [], "meta": {"count": len(odd)}}
        return page(name, shown, None)

    with answering(answer) as said:
        report = night(database, [source(said, name)])["crm"]
    assert (report.status, report.new) == ("incomplete", 0)
    assert str(report.reason).startswith("rows that show no id: ")


@pytest.mark.parametrize("name", [*CURSORS, "digital99", "livedesk"])
def test_a_number_and_its_text_are_one_contact_and_a_list_is_none(database, name):
    def answer(cursor: str | None, _asked: int) -> Any:
        shown = [{"id": key, "created_at": 1, "updated_at": MOMENT} for key in (1, "1", [1])]
        if name not in CURSORS:
            return {"payload": shown if cursor == "1" else [], "meta": {"count": 1}}
        return page(name, shown, None)

    with answering(answer) as said:
        report = night(database, [source(said, name)])["crm"]
    assert live(database, "crm").keys() == {"1"}
    assert report.quarantined >= 1


def test_a_question_by_id_that_fails_leaves_its_contact_and_the_run_as_they_are(database):
    held, walked_whole = family(30), numbered(family(30))

    def made(path: str) -> Answer:
        if "page" not in path:
            return Answer("", 500)
        [number] = parse_qs(urlsplit(path).query)["page"]
        return Answer(json.dumps(walked_whole(number, 0)))

    with provider(made) as said:
        night(database, [source(said, "digital99")])
        walked_whole = numbered(held[1:])
        first, second = (night(database, [source(said, "digital99")])["crm"] for _ in range(2))
    assert (first.status, first.gone, first.missing) == ("complete", 0, 1)
    assert (second.status, second.gone, second.missing) == ("complete", 1, 0), (
        "absent from two complete walks"
    )

"""Each switch does what its sentence says, and nothing when it is off."""

import time
from collections import Counter
from contextlib import suppress
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest

from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.faults import valid_faults
from dedupe.simulators.server.simulator import Simulator
from tests.simulators.plain_client import get, pages, rows, walk, walked_ids

EMAIL = {
    "digital99": "email",
    "livedesk": "email",
    "whippy": "email",
    "askelephant": "emails",
    "openmrp": "handle",
}
CHATWOOT = ("digital99", "livedesk")
CURSORS = ("whippy", "askelephant", "openmrp")
CHANGING = (
    "churn",
    "anchor-moved",
    "rename-during-walk",
    "inserts-between-pages",
    "edits-between-pages",
    "deletes-between-pages",
)
SLOW = ("slow", "drip", "big-page")
SMALL: dict[str, dict[str, Any]] = {
    "whippy": {"limit": 20},
    "askelephant": {"limit": 20},
    "openmrp": {"limit": 4},
}


def _spoil(simulator: Simulator, *faults: str) -> None:
    simulator.faults.set(faults)


def _walk_until_refused(simulator: Simulator, **parameters: Any) -> httpx.Response:
    try:
        walk(simulator, **parameters)
    except httpx.HTTPStatusError as error:
        return error.response
    raise AssertionError("nothing was refused")


def _statuses(simulator: Simulator, times: int) -> list[int]:
    return [get(simulator).status_code for _ in range(times)]


# the wire


def test_slow(simulator: Simulator) -> None:
    _spoil(simulator, "slow=0.3")
    began = time.monotonic()
    assert get(simulator).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_drip_sends_so_many_bytes_a_second(simulator: Simulator) -> None:
    _spoil(simulator, "drip=50")
    with (
        httpx.Client(headers=simulator.headers) as client,
        client.stream("GET", simulator.url + simulator.path) as answer,
    ):
        began, found = time.monotonic(), 0
        for piece in answer.iter_raw():
            found += len(piece)
            if found >= 10:
                break
    assert time.monotonic() - began > 0.15


def test_dropped_closes_every_nth_connection_without_an_answer(simulator: Simulator) -> None:
    _spoil(simulator, "dropped=2")
    assert get(simulator).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        get(simulator)
    assert get(simulator).status_code == 200
    assert simulator.counts["dropped"] == 1


def test_dropped_midway_closes_in_the_middle_of_the_body(simulator: Simulator) -> None:
    _spoil(simulator, "dropped-midway=1")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        get(simulator)


def test_failing_answers_every_nth_request_500_in_the_provider_s_words(simulator: Simulator) -> None:
    _spoil(simulator, "failing=3")
    assert _statuses(simulator, 6) == [200, 200, 500, 200, 200, 500]
    if simulator.provider == "openmrp":
        _spoil(simulator, "failing=1")
        assert get(simulator).json()["error"]["is_transient"] is True


def test_unavailable_answers_503_with_html(simulator: Simulator) -> None:
    _spoil(simulator, "unavailable")
    answer = get(simulator)
    assert answer.status_code == 503
    assert "<html>" in answer.text


def test_a_fault_may_hold_for_the_first_requests_only(simulator: Simulator) -> None:
    _spoil(simulator, "unavailable@2")
    assert _statuses(simulator, 4) == [503, 503, 200, 200]


def test_throttled_at_chatwoot_is_plain_text_without_a_hint(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "throttled=1")
    answer = get(simulator)
    assert answer.status_code == 429
    if provider in CHATWOOT:
        assert answer.headers["Content-Type"] == "text/plain"
        assert "Retry-After" not in answer.headers
        assert answer.text.strip() == "Retry later"
    else:
        assert int(answer.headers["Retry-After"]) >= 1
        answer.json()
    if provider == "whippy":
        assert 0 <= int(answer.headers["X-RateLimit-Remaining-Interval-Milliseconds"]) <= 1000
    if provider == "openmrp":
        assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= set(answer.headers)


@pytest.mark.parametrize("provider", CURSORS)
def test_retry_after_comes_as_a_date_or_not_at_all(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "throttled=1", "retry-after=date")
    assert parsedate_to_datetime(get(simulator).headers["Retry-After"]).timestamp() > time.time()
    _spoil(simulator, "throttled=1", "retry-after=none")
    assert "Retry-After" not in get(simulator).headers


def test_rate_limit_lets_so_many_through_in_a_window(provider: str, town: Population) -> None:
    now = [1_000_000_200.0]
    with simulate(town, [provider], faults={provider: ["rate-limit=3"]}, clock=lambda: now[0]) as running:
        assert _statuses(running[provider], 5) == [200, 200, 200, 429, 429]
        now[0] += running[provider].window[1]
        assert _statuses(running[provider], 1) == [200]


def test_the_provider_s_own_limit_holds_when_asked_for(town: Population) -> None:
    now = [1_000_000_200.0]
    with simulate(town, ["whippy"], rate_limits=True, clock=lambda: now[0]) as running:
        assert Counter(_statuses(running["whippy"], 27)) == {200: 25, 429: 2}


def test_redirect_leads_to_another_host(simulator: Simulator) -> None:
    _spoil(simulator, "redirect")
    answer = get(simulator)
    assert answer.status_code == 302
    assert httpx.URL(answer.headers["Location"]).host != httpx.URL(simulator.url).host
    httpx.get(answer.headers["Location"], headers=simulator.headers)
    assert [request.path for request in simulator.decoy_requests] == [simulator.path]


def test_clock_skew_shows_in_the_date(simulator: Simulator) -> None:
    _spoil(simulator, "clock-skew=3600")
    ahead = parsedate_to_datetime(get(simulator).headers["Date"]).timestamp() - time.time()
    assert 3590 < ahead < 3610


@pytest.mark.parametrize(("fault", "status"), [("expired-token", 401), ("scope-missing", 403)])
def test_credentials_may_stop_working(simulator: Simulator, fault: str, status: int) -> None:
    _spoil(simulator, fault)
    assert get(simulator).status_code == status


# the page


def test_truncated_json_comes_with_status_200(simulator: Simulator) -> None:
    _spoil(simulator, "truncated=2")
    get(simulator).json()
    answer = get(simulator)
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


def test_html_comes_with_status_200(simulator: Simulator) -> None:
    _spoil(simulator, "html=1")
    answer = get(simulator)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_wrong_type_is_a_list_of_strings(simulator: Simulator) -> None:
    _spoil(simulator, "wrong-type=1")
    assert isinstance(get(simulator).json(), list)


def test_a_big_page_is_big(simulator: Simulator) -> None:
    _spoil(simulator, "big-page=2")
    assert len(get(simulator).content) > 2_000_000


def test_a_contact_stands_twice_on_one_page(simulator: Simulator) -> None:
    _spoil(simulator, "duplicated")
    for page in pages(simulator):
        ids = [row["id"] for row in rows(page)]
        assert ids[-1] == ids[0]
        assert len(set(ids)) == len(ids) - 1


def test_the_boundary_comes_twice(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "boundary-twice")
    found = list(pages(simulator, **SMALL.get(provider, {})))
    assert len(found) > 2
    for one, other in pairwise(found[:-1]):
        assert rows(other)[0]["id"] == rows(one)[-1]["id"]
    assert {str(row["id"]) for page in found for row in rows(page)} == set(simulator.ids())


def test_capped_ends_early_and_looks_like_an_end(provider: str, simulator: Simulator) -> None:
    cap = 8 if provider == "openmrp" else 30
    _spoil(simulator, f"capped={cap}")
    assert len(walked_ids(simulator)) == cap < len(simulator.ids())
    if provider == "openmrp":
        assert get(simulator).json()["page_info"]["has_next_page"] is False


def test_the_capped_actors_of_openmrp_can_be_had_by_q(simulator: Simulator) -> None:
    if simulator.provider == "openmrp":
        _spoil(simulator, "capped=8")
        found = {actor["id"] for letter in "aeiou" for actor in walk(simulator, q=letter)}
        assert found > {actor["id"] for actor in walk(simulator)}


def test_the_first_page_comes_for_ever(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "page-ignored")
    walking = pages(simulator, **SMALL.get(provider, {}))
    first, second, third = next(walking), next(walking), next(walking)
    assert rows(first) == rows(second) == rows(third)


@pytest.mark.parametrize(
    ("provider", "filters"),
    [
        ("whippy", {"updated_at[after]": "2099-01-01T00:00:00Z"}),
        ("askelephant", {"filter[updated_at][gte]": "2099-01-01T00:00:00Z"}),
        ("openmrp", {"q": "nobody at all"}),
        ("livedesk", {"labels": "none"}),
    ],
)
def test_filters_are_ignored(provider: str, filters: dict[str, str], simulator: Simulator) -> None:
    assert walked_ids(simulator, **filters) == []
    _spoil(simulator, "filters-ignored")
    assert len(walked_ids(simulator, **filters)) == len(simulator.ids())


# the contact


@pytest.mark.parametrize("provider", CHATWOOT)
def test_ids_come_as_numbers_and_strings_in_turn(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "id-types")
    assert {type(row["id"]) for row in rows(get(simulator).json())} == {int, str}
    assert len(walked_ids(simulator)) == len(simulator.ids())


def test_a_field_is_renamed(provider: str, simulator: Simulator) -> None:
    before = walk(simulator)
    _spoil(simulator, "renamed-field")
    for row in walk(simulator):
        assert EMAIL[provider] not in row
    assert any(f"{EMAIL[provider]}_v2" in row for row in walk(simulator))
    _spoil(simulator)
    assert walk(simulator) == before


def test_unknown_keys_appear(simulator: Simulator) -> None:
    _spoil(simulator, "unknown-keys")
    assert all("lifecycle_stage" in row for row in walk(simulator))


def test_a_shrunk_scope_empties_emails_and_phones(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "scope-shrunk")
    assert not any(row.get(EMAIL[provider]) for row in walk(simulator))


@pytest.mark.parametrize("provider", [*CHATWOOT, "whippy", "askelephant"])
def test_nulls_stand_where_objects_should(provider: str, simulator: Simulator) -> None:
    nested = {
        "whippy": ["address", "communication_preferences"],
        "askelephant": ["emails", "company"],
    }.get(provider, ["additional_attributes", "contact_inboxes"])
    _spoil(simulator, "nulls")
    assert all(row.get(key) is None for row in walk(simulator) for key in nested)


@pytest.mark.parametrize("provider", [*CHATWOOT, "whippy", "askelephant"])
def test_times_lie_in_the_future(provider: str, simulator: Simulator) -> None:
    before = {row["id"]: row["created_at"] for row in walk(simulator)}
    _spoil(simulator, "future-times")
    assert all(row["created_at"] > before[row["id"]] for row in walk(simulator))


def test_optional_keys_go_and_come(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "sparse")
    few = {len(row) for row in walk(simulator)}
    _spoil(simulator, "full")
    many = {len(row) for row in walk(simulator)}
    assert max(few) < min(many)
    assert len(many) == 1


# the walk


@pytest.mark.parametrize("provider", CHATWOOT)
def test_deletes_between_pages_make_a_page_walk_skip(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "deletes-between-pages=3")
    found = walked_ids(simulator, sort="created_at")
    _spoil(simulator)
    assert not set(simulator.ids()) <= set(found)


@pytest.mark.parametrize("provider", CHATWOOT)
def test_inserts_between_pages_are_seen_by_an_ordered_walk(provider: str, simulator: Simulator) -> None:
    before = set(simulator.ids())
    _spoil(simulator, "inserts-between-pages=1@6")
    found = walked_ids(simulator, sort="created_at")
    assert before < set(simulator.ids())
    assert len(set(found)) >= len(before)


@pytest.mark.parametrize("provider", ["whippy", "askelephant"])
def test_an_edit_between_pages_moves_the_time_of_change(provider: str, simulator: Simulator) -> None:
    before = {row["id"]: row for row in simulator.contacts()}
    _spoil(simulator, "edits-between-pages=2@2")
    walk(simulator, limit=10)
    changed = [row for row in simulator.contacts() if row != before[row["id"]]]
    assert 1 <= len(changed) <= 4
    assert all(row["updated_at"] > before[row["id"]]["updated_at"] for row in changed)


def test_an_edit_between_pages_shows(simulator: Simulator) -> None:
    before = {str(row["id"]): row for row in simulator.contacts()}
    _spoil(simulator, "edits-between-pages=1@1")
    get(simulator)
    assert sum(row != before[str(row["id"])] for row in simulator.contacts()) == 1


def test_a_rename_during_the_walk_makes_whippy_skip_or_repeat(town: Population) -> None:
    with simulate(town, ["whippy"], seed=3) as running:
        whippy = running["whippy"]
        _spoil(whippy, "rename-during-walk=5")
        found = walked_ids(whippy, limit=10)
        assert sorted(found) != sorted(whippy.ids())


def test_churn_inserts_and_deletes_by_the_clock(provider: str, town: Population) -> None:
    now = [1_000_000_000.0]
    with simulate(town, [provider], faults={provider: ["churn=60"]}, clock=lambda: now[0]) as running:
        before = set(running[provider].ids())
        get(running[provider])
        assert set(running[provider].ids()) == before
        now[0] += 185
        get(running[provider])
        after = set(running[provider].ids())
        assert len(after) == len(before)
        assert 1 <= len(after - before) <= 3


# the Chatwoot family


@pytest.mark.parametrize("provider", CHATWOOT)
def test_without_sort_pages_overlap_and_miss_rows(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "unordered")
    assert len(set(walked_ids(simulator))) < len(simulator.ids())
    assert sorted(walked_ids(simulator, sort="created_at")) == sorted(simulator.ids())
    assert len(set(walked_ids(simulator, sort="no_such_key"))) < len(simulator.ids())


@pytest.mark.parametrize("provider", CHATWOOT)
def test_sort_may_be_ignored(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "sort-ignored")
    made = [row["created_at"] for row in walk(simulator, sort="created_at")]
    assert made != sorted(made)


@pytest.mark.parametrize("provider", CHATWOOT)
def test_ties_come_in_another_order_each_time(provider: str, simulator: Simulator) -> None:
    for external_id in simulator.ids():
        simulator.edit(external_id, created_at=1_700_000_000)
    _spoil(simulator, "unstable-ties")
    assert walked_ids(simulator, sort="created_at") != walked_ids(simulator, sort="created_at")
    assert len(set(walked_ids(simulator, sort="created_at"))) < len(simulator.ids())


@pytest.mark.parametrize("provider", CHATWOOT)
def test_the_database_times_out_with_422(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "timeout-422=2")
    assert _statuses(simulator, 4) == [200, 422, 200, 422]
    _spoil(simulator, "timeout-422=1")
    body = get(simulator).json()
    assert "took too long to complete" in body["message"]
    assert set(body) == {"message", "attributes"}


@pytest.mark.parametrize("provider", CHATWOOT)
def test_page_size_may_be_honoured(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "page-size=honoured")
    assert len(rows(get(simulator, page_size=40).json())) == 40
    assert sorted(walked_ids(simulator, page_size=7)) == sorted(simulator.ids())


@pytest.mark.parametrize("provider", CHATWOOT)
def test_a_short_page_is_not_the_end(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "short-pages=2")
    sizes = [len(rows(page)) for page in pages(simulator)]
    assert sizes[:4] == [15, 10, 15, 10]
    assert sorted(walked_ids(simulator)) == sorted(simulator.ids())


@pytest.mark.parametrize("provider", CHATWOOT)
def test_the_count_may_be_off(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "count-off=5")
    assert get(simulator).json()["meta"]["count"] == len(walk(simulator)) + 5


# whippy


@pytest.mark.parametrize("provider", ["whippy"])
def test_the_nameless_come_first_or_get_lost(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "null-names=first")
    found = walk(simulator, limit=20)
    assert found[0]["name"] is None
    assert sorted(row["id"] for row in found) == sorted(simulator.ids())
    _spoil(simulator, "null-names=lost")
    assert all(row["name"] for row in walk(simulator, limit=20))


@pytest.mark.parametrize("provider", ["whippy"])
def test_a_filter_by_name_may_be_refused_fail_or_have_no_effect(provider: str, simulator: Simulator) -> None:
    for answer, status in (("refused", 422), ("failed", 500), ("ignored", 200)):
        _spoil(simulator, f"name-filter={answer}")
        assert get(simulator, name="nil").status_code == status
        assert get(simulator).status_code == 200
    assert rows(get(simulator, name="nil").json()) == rows(get(simulator).json())


@pytest.mark.parametrize("provider", ["whippy"])
def test_a_full_last_page_may_promise_another(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "full-last-page")
    half = len(simulator.ids()) // 2
    for external_id in simulator.ids()[half * 2 :]:
        simulator.delete(external_id)
    found = list(pages(simulator, limit=half))
    assert [len(rows(page)) for page in found] == [half, half, 0]


@pytest.mark.parametrize("provider", ["whippy"])
def test_timestamps_come_in_several_formats(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "mixed-timestamps")
    endings = {row["updated_at"][19:][:1] + row["updated_at"][-1:] for row in walk(simulator)}
    times = [row["updated_at"] for row in walk(simulator)]
    assert any(text.endswith("Z") for text in times)
    assert any(text.endswith("+00:00") for text in times)
    assert any("Z" not in text and "+" not in text for text in times)
    assert len(endings) > 2


@pytest.mark.parametrize("provider", ["whippy"])
def test_cursors_may_be_padded(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "padded-cursor")
    cursors = [page["metadata"]["next_cursor"] for page in pages(simulator, limit=5)][:-1]
    assert any(cursor.endswith("=") for cursor in cursors)
    assert all(len(cursor) % 4 == 0 for cursor in cursors)


@pytest.mark.parametrize("provider", ["whippy"])
def test_the_order_may_be_another_collation_s(provider: str, simulator: Simulator) -> None:
    plain = walked_ids(simulator)
    _spoil(simulator, "folded-order")
    folded = walked_ids(simulator, limit=10)
    assert folded != plain
    assert sorted(folded) == sorted(plain)


@pytest.mark.parametrize("provider", CURSORS)
def test_a_limit_over_the_most_may_be_refused(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "limit=refused")
    assert get(simulator, limit=501).status_code in (400, 422)


@pytest.mark.parametrize("provider", CURSORS)
def test_a_cursor_may_be_refused(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "cursor-refused=2")
    assert _walk_until_refused(simulator, **SMALL[provider]).status_code in (400, 422)


# askelephant


@pytest.mark.parametrize("provider", ["askelephant"])
def test_a_moved_anchor_makes_the_walk_skip_or_repeat(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "anchor-moved@1")
    assert len(walked_ids(simulator, limit=20, order_by="updated_at:asc")) == 20
    _spoil(simulator, "anchor-moved@1")
    found = walked_ids(simulator, limit=20)
    assert len(found) > len(set(found))


@pytest.mark.parametrize("provider", ["askelephant"])
def test_a_moved_anchor_may_be_refused(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "anchor-moved=refused")
    answer = _walk_until_refused(simulator, limit=20)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("provider", ["askelephant"])
def test_an_anchor_that_is_gone_still_leads_on(provider: str, simulator: Simulator) -> None:
    first = get(simulator, limit=20).json()
    simulator.delete(first["data"][-1]["id"])
    second = get(simulator, limit=20, cursor=first["next_cursor"]).json()
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}


@pytest.mark.parametrize("provider", ["askelephant"])
def test_ties_in_the_time_of_change(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "ties=31536000")
    found = walk(simulator, limit=20, order_by="updated_at:asc")
    assert len({row["updated_at"] for row in found}) < 12
    assert sorted(row["id"] for row in found) == sorted(simulator.ids())
    moment = found[len(found) // 2]["updated_at"]
    later = walk(simulator, limit=20, **{"filter[updated_at][gt]": moment})
    same = walk(simulator, limit=20, **{"filter[updated_at][gte]": moment})
    assert len(same) > len(later)
    assert all(row["updated_at"] >= moment for row in same)


@pytest.mark.parametrize("provider", ["askelephant"])
def test_has_more_may_disagree_with_the_cursor(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "has-more-disagrees")
    page = get(simulator, limit=5).json()
    assert (page["has_more"], page["next_cursor"]) == (True, None)


@pytest.mark.parametrize("provider", ["askelephant"])
@pytest.mark.parametrize(("form", "other"), [("bearer", ""), ("raw", "Bearer ")])
def test_one_form_of_the_token_may_be_wanted(
    provider: str, form: str, other: str, simulator: Simulator
) -> None:
    _spoil(simulator, f"auth={form}")
    assert get(simulator).status_code == 200
    headers = {"Authorization": other + simulator.credentials["token"]}
    assert httpx.get(simulator.url + simulator.path, headers=headers).status_code == 401


# openmrp


@pytest.mark.parametrize("provider", ["openmrp"])
def test_the_next_link_may_be_poisoned(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "poisoned-next")
    link = httpx.URL(get(simulator, limit=3).json()["page_info"]["next_page_url"])
    assert link.host != httpx.URL(simulator.url).host
    httpx.get(link, headers=simulator.headers)
    assert "authorization" in simulator.decoy_requests[0].headers


@pytest.mark.parametrize("provider", ["openmrp"])
def test_the_next_link_may_be_absolute(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "absolute-next")
    assert get(simulator, limit=3).json()["page_info"]["next_page_url"].startswith(simulator.url)
    assert sorted(walked_ids(simulator, limit=3)) == sorted(simulator.ids())


@pytest.mark.parametrize("provider", ["openmrp"])
def test_handles_may_be_null(provider: str, simulator: Simulator) -> None:
    _spoil(simulator, "handles-null")
    assert not any(actor["handle"] for actor in walk(simulator))


@pytest.mark.parametrize("provider", ["openmrp"])
@pytest.mark.parametrize("header", ["Augno-Version", "OpenMRP-Version"])
def test_a_version_may_be_required(provider: str, header: str, simulator: Simulator) -> None:
    _spoil(simulator, "version-required")
    auth = {"Authorization": simulator.headers["Authorization"]}
    assert httpx.get(simulator.url + simulator.path, headers=auth).status_code == 400
    assert httpx.get(simulator.url + simulator.path, headers=auth | {header: "1"}).status_code == 200


# all of them


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_fault_switched_off_leaves_no_trace(provider: str) -> None:
    with simulate(population(40, 6), [provider]) as running:
        simulator = running[provider]
        before = walk(simulator)
        for name in valid_faults(provider):
            if name not in CHANGING:
                _spoil(simulator, *([] if name in SLOW else [name]))
                with suppress(httpx.HTTPError):
                    get(simulator)
                _spoil(simulator)
                assert walk(simulator) == before, name

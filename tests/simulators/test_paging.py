"""Paging to the very end gives every contact once."""

import base64
import json

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.simulators.population.population import Population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from tests.simulators.plain_client import get, pages, rows, walk, walked_ids

Running = dict[str, Simulator]


def test_a_walk_gives_every_contact_once_as_the_population_has_it(
    quiet: Running, provider: str, town: Population
) -> None:
    parameters = {"include[]": "role"} if provider == "openmrp" else {}
    found = walk(quiet[provider], **parameters)
    expected = {c.external_id: c.payload for c in town.contacts((provider,))}
    assert len(found) == len(expected)
    assert {str(row["id"]): row for row in found} == expected


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["openmrp", "whippy", "askelephant"]), st.integers(1, 120))
def test_any_limit_gives_the_same_contacts_in_the_same_order(
    quiet: Running, provider: str, limit: int
) -> None:
    assert walked_ids(quiet[provider], limit=limit) == walked_ids(quiet[provider])


@pytest.mark.parametrize(
    "key", ["created_at", "last_activity_at", "name", "email", "phone_number", "city", "nonsense"]
)
@pytest.mark.parametrize("chatwoot", ["digital99", "livedesk"])
def test_any_sort_gives_every_contact_once(quiet: Running, chatwoot: str, key: str) -> None:
    ids = walked_ids(quiet[chatwoot], sort=key)
    assert sorted(ids) == sorted(quiet[chatwoot].ids())


def test_a_minus_turns_the_order_round_at_digital99(quiet: Running) -> None:
    made = [row["created_at"] for row in walk(quiet["digital99"], sort="created_at")]
    assert made == sorted(made)
    assert [row["created_at"] for row in walk(quiet["digital99"], sort="-created_at")] == made[::-1]


def test_a_direction_turns_the_order_round_at_livedesk(quiet: Running) -> None:
    up = walked_ids(quiet["livedesk"], sort="created_at", direction="asc")
    assert walked_ids(quiet["livedesk"], sort="created_at", direction="desc") == up[::-1]


@pytest.mark.parametrize("page", ["0", "-3", "two", "1"])
def test_a_page_that_is_no_page_is_the_first(quiet: Running, page: str) -> None:
    first = get(quiet["livedesk"], sort="created_at").json()["payload"]
    answer = get(quiet["livedesk"], sort="created_at", page=page).json()
    assert answer["payload"] == first
    assert answer["meta"]["current_page"] == page


def test_past_the_end_stands_an_empty_page_with_the_count_unchanged(quiet: Running) -> None:
    answer = get(quiet["digital99"], page=900)
    assert answer.status_code == 200
    assert answer.json() == {
        "meta": {"count": len(quiet["digital99"].ids()), "contacts_all": None, "current_page": "900"},
        "payload": [],
    }


def test_a_page_has_fifteen_contacts_whatever_is_asked_for(quiet: Running) -> None:
    assert len(get(quiet["livedesk"], page=1, page_size=40).json()["payload"]) == 15


def test_contact_inboxes_can_be_left_out(quiet: Running) -> None:
    assert all("contact_inboxes" in row for row in walk(quiet["livedesk"]))
    assert not any(
        "contact_inboxes" in row for row in walk(quiet["livedesk"], include_contact_inboxes="false")
    )


def test_labels_choose_among_the_contacts_of_livedesk(quiet: Running) -> None:
    some = walked_ids(quiet["livedesk"], labels="vip")
    others = walked_ids(quiet["livedesk"], labels="customer,lead")
    assert some
    assert sorted(some + others) == sorted(quiet["livedesk"].ids())


def test_only_contacts_that_can_be_reached_are_listed_at_chatwoot(town: Population) -> None:
    with simulate(town, ["digital99"]) as running:
        simulator = running["digital99"]
        payload = next(simulator.contacts())
        hidden = payload | {"id": 999_999, "email": None, "phone_number": None, "identifier": None}
        simulator.insert(hidden)
        assert "999999" not in walked_ids(simulator)
        assert get(simulator, f"{simulator.path}/999999").json() == {"payload": hidden}


def test_whippy_orders_by_name_and_id_with_the_nameless_last(quiet: Running) -> None:
    order = [(row["name"] is None, row["name"] or "", row["id"]) for row in walk(quiet["whippy"], limit=7)]
    assert order == sorted(order)
    assert order[-1][0]


def test_whippy_by_offset_and_by_cursor_are_the_same_walk(quiet: Running) -> None:
    whippy = quiet["whippy"]
    by_offset: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = get(whippy, limit=40, offset=offset).json()
        by_offset += [row["id"] for row in page["data"]]
        offset = offset + 40 if page["metadata"]["next_cursor"] else None
    assert by_offset == walked_ids(whippy, limit=40)


def test_a_cursor_built_by_hand_from_name_and_id_works_at_whippy(quiet: Running) -> None:
    everything = walk(quiet["whippy"])
    start = everything[20]
    text = json.dumps({"id": start["id"], "name": start["name"]})
    for cursor in (base64.urlsafe_b64encode(text.encode()).decode(),) * 2:
        assert rows(get(quiet["whippy"], cursor=cursor, limit=5).json()) == everything[21:26]
        assert rows(get(quiet["whippy"], cursor=cursor.rstrip("="), limit=5).json()) == everything[21:26]


def test_a_filter_that_is_not_repeated_is_forgotten_at_whippy(quiet: Running) -> None:
    moment = sorted(row["updated_at"] for row in quiet["whippy"].contacts())[-60]
    first = get(quiet["whippy"], limit=5, **{"updated_at[after]": moment}).json()
    cursor = first["metadata"]["next_cursor"]
    kept = get(quiet["whippy"], limit=500, cursor=cursor, **{"updated_at[after]": moment}).json()
    lost = get(quiet["whippy"], limit=500, cursor=cursor).json()
    assert len(first["data"]) + len(kept["data"]) == 59
    assert len(lost["data"]) > len(kept["data"])


@pytest.mark.parametrize(("field", "key"), [("email", "email"), ("phone", "phone"), ("name", "name")])
def test_whippy_finds_by_value(quiet: Running, field: str, key: str) -> None:
    some = next(row for row in quiet["whippy"].contacts() if row[key])
    found = walk(quiet["whippy"], **{field: some[key]})
    assert some["id"] in [row["id"] for row in found]
    assert all(row[key] == some[key] for row in found)


def test_whippy_finds_the_nameless(quiet: Running) -> None:
    nameless = {row["id"] for row in quiet["whippy"].contacts() if row["name"] is None}
    assert nameless
    assert set(walked_ids(quiet["whippy"], name="nil")) == nameless


def test_askelephant_gives_the_newest_change_first(quiet: Running) -> None:
    changed = [row["updated_at"] for row in walk(quiet["askelephant"])]
    assert changed == sorted(changed, reverse=True)
    assert [row["updated_at"] for row in walk(quiet["askelephant"], order_by="updated_at:asc")] == changed[
        ::-1
    ]


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
def test_askelephant_bounds_the_time_of_change(quiet: Running, operator: str) -> None:
    everything = list(quiet["askelephant"].contacts())
    bound = sorted(row["updated_at"] for row in everything)[60]
    keep = {"gt": bound.__lt__, "gte": bound.__le__, "lt": bound.__gt__, "lte": bound.__ge__}[operator]
    expected = {row["id"] for row in everything if keep(row["updated_at"])}
    found = walked_ids(quiet["askelephant"], limit=10, **{f"filter[updated_at][{operator}]": bound})
    assert sorted(found) == sorted(expected)


def test_askelephant_searches_names_and_emails_only(quiet: Running) -> None:
    some = next(
        row for row in quiet["askelephant"].contacts() if row.get("emails") and row.get("phone_numbers")
    )
    assert some["id"] in walked_ids(quiet["askelephant"], search=some["emails"][0]["email"].upper())
    assert not walked_ids(quiet["askelephant"], search=some["phone_numbers"][0]["phone_number"])


def test_askelephant_takes_crm_associations_in_both_encodings(quiet: Running) -> None:
    some = next(row for row in quiet["askelephant"].contacts() if "crm_association" in row)
    name, number = "filter[crm_associations][eq]", some["crm_association"]["id"]
    bracketed = {f"{name}[0][id]": number, f"{name}[0][object_type]": "contact"}
    array = {name: json.dumps([{"id": number, "object_type": "contact"}])}
    assert some["id"] in walked_ids(quiet["askelephant"], **bracketed)
    assert walked_ids(quiet["askelephant"], **bracketed) == walked_ids(quiet["askelephant"], **array)


def test_openmrp_expands_the_role_only_when_asked(quiet: Running) -> None:
    assert all(row["role"] is None for row in walk(quiet["openmrp"]))
    assert any(row["role"] for row in walk(quiet["openmrp"], **{"include[]": "role"}))


def test_openmrp_links_forth_and_back_relative_to_itself(quiet: Running) -> None:
    first, second, *_ = pages(quiet["openmrp"], limit=3, q="e")
    link = second["page_info"]["previous_page_url"]
    assert link.startswith("/v1/messaging/contacts?")
    with httpx.Client(base_url=quiet["openmrp"].url, headers=quiet["openmrp"].headers) as client:
        assert client.get(link).json()["data"] == first["data"]


def test_openmrp_q_matches_names_and_handles(quiet: Running) -> None:
    found = walk(quiet["openmrp"], q="shipp")
    assert [row["name"] for row in found] == ["Shipping"]


def test_the_five_names_are_the_ones_of_the_configuration(quiet: Running) -> None:
    assert tuple(quiet) == PROVIDERS

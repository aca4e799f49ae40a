"""The shapes are the pages' own, key for key; credentials and errors are the providers'."""

from base64 import b64encode
from typing import Any

import httpx
import pytest

from dedupe.simulators.server.simulator import Simulator
from tests.simulators.plain_client import get, rows, walk

Running = dict[str, Simulator]

DIGITAL99: Any = {
    "meta": {"count": 1, "contacts_all": None, "current_page": 1},
    "payload": [
        {
            "additional_attributes": {},
            "availability_status": "offline",
            "email": "string",
            "id": 0,
            "name": "string",
            "phone_number": "string",
            "identifier": "string",
            "thumbnail": "string",
            "custom_attributes": {"attribute_key": "attribute_value"},
            "conversations_count": 0,
            "blocked": False,
            "created_at": 0,
            "contact_inboxes": [{"source_id": "string", "inbox": {}}],
        }
    ],
}
LIVEDESK: Any = {
    "meta": {"count": 1, "current_page": "1"},
    "payload": [
        {
            "additional_attributes": {
                "city": "",
                "country": "",
                "telegram": "",
                "description": "",
                "company_name": "",
                "country_code": "",
                "social_profiles": {
                    "github": "",
                    "twitter": "",
                    "facebook": "",
                    "linkedin": "",
                    "instagram": "",
                },
            },
            "availability_status": "offline",
            "email": "support@jiguang.cn",
            "id": 318763,
            "name": "support",
            "phone_number": None,
            "blocked": False,
            "identifier": "4444",
            "thumbnail": "",
            "custom_attributes": {},
            "last_activity_at": 1765441908,
            "created_at": 1765441895,
            "contact_inboxes": [
                {
                    "source_id": "src_001",
                    "inbox": {"id": 10, "name": "Customer Service Channel", "channel_type": "Channel::Api"},
                }
            ],
        }
    ],
}
FREE = ("additional_attributes", "custom_attributes", "inbox")  # empty or an example in digital99's page
NULLABLE = ("email", "phone_number", "identifier")


def _same_shape(found: Any, example: Any, where: str = "") -> None:
    """Equal keys and equal types all the way down; what the page lets be null may be null."""
    if found is None and where in NULLABLE:
        return
    if example is None or (isinstance(example, str) and found is None):
        assert found is None or isinstance(found, str), where
        return
    assert type(found) is type(example), (where, found)
    if isinstance(example, dict):
        if where in FREE and example.get("city") != "":
            return
        assert set(found) - {"last_activity_at"} == set(example) - {"last_activity_at"}, where
        for key in set(found) & set(example):
            _same_shape(found[key], example[key], key)
    elif isinstance(example, list):
        for item in found:
            _same_shape(item, example[0], where)


def test_digital99_answers_in_the_shape_of_its_page(quiet: Running) -> None:
    _same_shape(get(quiet["digital99"]).json(), DIGITAL99)


def test_livedesk_answers_in_the_shape_of_its_page(quiet: Running) -> None:
    _same_shape(get(quiet["livedesk"], page=1).json(), LIVEDESK)
    for row in walk(quiet["livedesk"]):
        _same_shape(row, LIVEDESK["payload"][0])


def test_the_page_number_is_echoed_as_text_and_is_one_when_not_sent(quiet: Running) -> None:
    for name in ("digital99", "livedesk"):
        assert get(quiet[name]).json()["meta"]["current_page"] == 1
        assert get(quiet[name], page=2).json()["meta"]["current_page"] == "2"


def test_whippy_answers_with_data_and_metadata(quiet: Running) -> None:
    page = get(quiet["whippy"]).json()
    assert set(page) == {"data", "total", "metadata"}
    assert set(page["metadata"]) == {"next_cursor"}
    assert len(page["data"]) == 50
    assert set(page["data"][0]) == {
        "id",
        "external_id",
        "name",
        "first_name",
        "last_name",
        "email",
        "phone",
        "state",
        "blocked",
        "default_channel_id",
        "language",
        "address",
        "birth_date",
        "communication_preferences",
        "contact_tags",
        "created_at",
        "updated_at",
    }


def test_askelephant_leaves_out_what_is_empty(quiet: Running) -> None:
    answer = get(quiet["askelephant"])
    page = answer.json()
    assert set(page) == {"object", "data", "has_more", "next_cursor"}
    assert page["object"] == "list"
    assert answer.headers["X-Api-Version"]
    assert len(page["data"]) == 25
    always = {"id", "object", "created_at", "updated_at", "first_name", "last_name"}
    sometimes = {"description", "company", "emails", "phone_numbers", "crm_association", "time_zone"}
    for row in walk(quiet["askelephant"], limit=100):
        assert always <= set(row) <= always | sometimes
        assert all(row[key] for key in set(row) & sometimes)
        assert row["updated_at"].endswith("Z")
        assert len(row["updated_at"]) == len("2025-01-01T00:00:00.000Z")


def test_openmrp_answers_with_actors_and_page_info(quiet: Running) -> None:
    page = get(quiet["openmrp"]).json()
    assert set(page) == {"object", "page_info", "data"}
    assert page["page_info"] == {
        "next_page_url": None,
        "previous_page_url": None,
        "has_next_page": False,
        "has_prev_page": False,
    }
    for actor in page["data"]:
        assert set(actor) == {"id", "object", "type", "name", "handle", "avatar_url", "role"}
        assert actor["object"] == "actor"
        assert ("@" in (actor["handle"] or "")) is (actor["type"] == "user")
        assert actor["avatar_url"] is None or actor["type"] == "user"


def test_a_key_of_openmrp_shows_itself_redacted_only(quiet: Running) -> None:
    keys = [actor for actor in walk(quiet["openmrp"]) if actor["type"] == "api_key"]
    assert keys
    assert all("••••" in actor["handle"] for actor in keys)


# credentials


def test_without_credentials_nothing_is_told(quiet: Running, provider: str) -> None:
    simulator = quiet[provider]
    answer = httpx.get(simulator.url + simulator.path)
    assert answer.status_code == 401
    assert "data" not in answer.json()


def test_wrong_credentials_are_refused_in_the_provider_s_own_words(quiet: Running, provider: str) -> None:
    simulator = quiet[provider]
    wrong = {name: value[:-3] + "xyz" for name, value in simulator.headers.items()}
    body = httpx.get(simulator.url + simulator.path, headers=wrong).json()
    if provider in ("digital99", "livedesk"):
        assert set(body) == {"error"}
    elif provider == "whippy":
        assert body["errors"][0]["description"]
        assert body["status"] == 401
    elif provider == "askelephant":
        assert {"type", "title", "status", "detail", "request_id", "errors"} == set(body)
    else:
        assert {"code", "type", "message", "param", "is_transient"} == set(body["error"])
        assert body["error"]["is_transient"] is False


def test_digital99_takes_the_header_with_dashes_too(quiet: Running) -> None:
    simulator = quiet["digital99"]
    headers = {"api-access-token": simulator.credentials["api_access_token"]}
    assert httpx.get(simulator.url + simulator.path, headers=headers).status_code == 200


def test_digital99_knows_no_other_account(quiet: Running) -> None:
    answer = get(quiet["digital99"], "/api/v1/accounts/8/contacts")
    assert (answer.status_code, set(answer.json())) == (404, {"error"})


def test_livedesk_wants_key_and_secret_as_basic_credentials(quiet: Running) -> None:
    simulator = quiet["livedesk"]
    pair = f"{simulator.credentials['api_key']}:{simulator.credentials['api_secret']}".encode()
    good = {"Authorization": f"Basic {b64encode(pair).decode()}"}
    assert httpx.get(simulator.url + simulator.path, headers=good).status_code == 200
    bad = {"Authorization": f"Bearer {b64encode(pair).decode()}"}
    assert httpx.get(simulator.url + simulator.path, headers=bad).status_code == 401


def test_askelephant_takes_its_token_with_and_without_bearer(quiet: Running) -> None:
    simulator = quiet["askelephant"]
    token = simulator.credentials["token"]
    assert token.startswith("sk-apik_")
    for form in (token, f"Bearer {token}"):
        answer = httpx.get(simulator.url + simulator.path, headers={"Authorization": form})
        assert answer.status_code == 200


def test_credentials_are_the_same_for_the_same_seed_and_no_other_s(quiet: Running) -> None:
    secrets = [tuple(simulator.credentials.values()) for simulator in quiet.values()]
    assert len(set(secrets)) == len(secrets)


# one contact


def test_a_contact_is_found_by_id_where_the_provider_can(quiet: Running, provider: str) -> None:
    simulator = quiet[provider]
    external_id = simulator.ids()[0]
    answer = get(simulator, f"{simulator.path}/{external_id}")
    if provider == "openmrp":
        assert answer.status_code == 404
    else:
        body = answer.json()
        assert body.get("payload", body.get("data", body)) == simulator.get(external_id)


def test_a_contact_that_is_gone_is_404_by_id(quiet: Running, provider: str) -> None:
    assert get(quiet[provider], f"{quiet[provider].path}/12345").status_code == 404


# refusals


@pytest.mark.parametrize(
    ("provider", "parameters", "status"),
    [
        ("whippy", {"offset": 0, "cursor": "eyJuYW1lIjoiQSIsImlkIjoiMSJ9"}, 422),
        ("whippy", {"cursor": "nonsense"}, 422),
        ("whippy", {"limit": "many"}, 422),
        ("whippy", {"offset": -1}, 422),
        ("whippy", {"updated_at[after]": "yesterday"}, 422),
        ("askelephant", {"cursor": "nonsense"}, 400),
        ("askelephant", {"limit": 0}, 400),
        ("askelephant", {"order_by": "name:asc"}, 400),
        ("askelephant", {"filter[updated_at][gte]": "yesterday"}, 400),
        ("askelephant", {"filter[crm_associations][eq]": "[1"}, 400),
        ("askelephant", {"filter[crm_associations][eq]": '[{"id":"1","object_type":"company"}]'}, 400),
        ("askelephant", {"filter[crm_associations][eq]": str([{}] * 21).replace("'", '"')}, 400),
        ("openmrp", {"page": 2}, 400),
        ("openmrp", {"cursor": "nonsense"}, 400),
        ("openmrp", {"include[]": "permissions"}, 400),
        ("openmrp", {"limit": "x"}, 400),
    ],
)
def test_a_query_the_provider_can_not_answer_is_refused(
    quiet: Running, provider: str, parameters: dict[str, Any], status: int
) -> None:
    assert get(quiet[provider], **parameters).status_code == status


def test_openmrp_names_the_parameter_it_doesn_t_know(quiet: Running) -> None:
    error = get(quiet["openmrp"], page=2).json()["error"]
    assert (error["code"], error["param"]) == ("parameter_unknown", "page")


def test_a_limit_over_the_most_is_clamped(quiet: Running) -> None:
    assert len(rows(get(quiet["askelephant"], limit=400).json())) == 100


def test_lists_can_only_be_read(quiet: Running, provider: str) -> None:
    simulator = quiet[provider]
    assert httpx.post(simulator.url + simulator.path, headers=simulator.headers).status_code == 405

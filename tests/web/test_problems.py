"""Each kind of refusal has a type of its own, which programs can go by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

import dedupe
from dedupe import errors
from dedupe.errors import DecisionRefused, NotFound
from dedupe.web import problem_types
from dedupe.web.problem_type import SPACE, TYPES
from dedupe.web.problems import Problem
from dedupe.web.problems_of_errors import OF_ERRORS, of_error
from tests.house import contact
from tests.review.deciding_house import DecidingHouse

WEB = Path(dedupe.__file__).parent / "web"
WORTH_A_TYPE = {404, 409, 410, 413, 422, 503}


def bare_problems() -> Iterator[str]:
    """Where a route raises a problem by its status alone."""
    for path in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Problem" or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value in WORTH_A_TYPE:
                yield f"{path.name}:{node.lineno}"


def test_no_route_refuses_by_a_status_alone() -> None:
    assert list(bare_problems()) == []


def test_every_refusal_of_a_decision_has_a_type_of_its_own() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DecisionRefused)
    ]
    types = [next(made for known, made in OF_ERRORS if issubclass(kind, known)) for kind in kinds]
    assert len({one.name for one in types}) == len(kinds)


def test_every_type_is_told_once_and_used() -> None:
    assert len({one.name for one in TYPES}) == len(TYPES)
    made = {value.name: name for name, value in vars(problem_types).items() if value in TYPES}
    told = "".join(path.read_text("utf-8") for path in WEB.glob("*.py") if path.name != "problem_types.py")
    of_errors = {one.name for _, one in OF_ERRORS}
    assert [name for name in made if name not in of_errors and made[name] not in told] == []


def test_an_error_is_of_the_nearest_type() -> None:
    made = of_error(errors.UnreadableValue("no email"))
    assert made is not None
    assert made.name == "value-unreadable"
    assert of_error(errors.ContractChanged("a bug here")) is None
    assert Problem(409, "").kind is None


def type_of(answer: httpx.Response) -> tuple[int, str]:
    told = answer.json()
    assert told["title"] in {one.title for one in TYPES}
    return answer.status_code, told["type"].removeprefix(SPACE)


def test_what_is_not_there_is_told_from_what_cannot_be(client: httpx.Client) -> None:
    nobody, nothing = client.get(f"/v1/golden-contacts/{uuid4()}"), {"email": "no address"}
    assert type_of(nobody) == (404, "not-known")
    assert type_of(client.post("/v1/lookup", json=nothing)) == (404, "value-unreadable")
    assert type_of(client.get("/v1/events", params={"since": "now"})) == (422, "parameter-unknown")
    assert type_of(client.post("/v1/lookup", json={})) == (422, "request-unusable")


@pytest.fixture
def people(house: DecidingHouse) -> DecidingHouse:
    for key in ("crm:1", "mail:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email="jm@example.com"))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()
    return house


def test_each_refusal_of_an_act_says_which(client: httpx.Client, people: DecidingHouse) -> None:
    golden, alone, mail = (people.golden(key) for key in ("crm:1", "crm:9", "mail:1"))
    assert golden == mail
    act = f"/v1/golden-contacts/{golden}"
    everybody = {"groups": [[str(people.seed(key)) for key in ("crm:1", "mail:1")]]}
    assert type_of(client.post(f"{act}/split", json=everybody)) == (409, "nothing-to-decide")
    stranger = {"groups": [[str(people.seed("crm:9"))]]}
    assert type_of(client.post(f"{act}/split", json=stranger)) == (409, "evidence-outdated")
    twice = {"groups": [[str(people.seed("crm:1"))] * 2]}
    assert type_of(client.post(f"{act}/split", json=twice)) == (409, "named-twice")
    pin = {"source_contact": str(people.seed("crm:1")), "field": "company", "value": "Acme"}
    assert type_of(client.post("/v1/pins", json=pin)) == (409, "value-not-offered")
    joined = client.post(f"{act}/join", json={"golden_contacts": [str(alone)]})
    assert joined.status_code == 201
    retired = alone if people.golden("crm:1") == golden else golden
    assert type_of(client.post(f"/v1/golden-contacts/{retired}/confirm", json={})) == (
        409,
        "golden-contact-not-served",
    )
    apart = {"verdict": "different", "sides": [[str(people.seed("crm:1"))], [str(people.seed("crm:9"))]]}
    refused = client.post("/v1/decisions", json=apart)
    assert type_of(refused) == (409, "decision-contradicts")
    assert refused.json()["path"] == [joined.json()["decision"]]
    back = f"/v1/decisions/{joined.json()['decision']}/revoke"
    assert client.post(back, json={}).status_code == 200
    assert type_of(client.post(back, json={})) == (409, "already-revoked")


def test_a_key_that_is_used_again_for_something_else(client: httpx.Client, people: DecidingHouse) -> None:
    key = {"Idempotency-Key": "one"}
    confirm = f"/v1/golden-contacts/{people.golden('crm:1')}/confirm"
    assert client.post(confirm, json={}, headers=key).status_code == 201
    assert type_of(client.post(confirm, json={"note": "else"}, headers=key)) == (
        409,
        "idempotency-key-reused",
    )


def test_not_found_has_types_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, NotFound)]
    assert {of_error(kind("")).name for kind in kinds} == {"not-known", "value-unreadable"}  # type: ignore[union-attr]

"""The API keeps what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from dedupe.deliveries.subscription import EventSubscription, Target
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings
from dedupe.model import Verdict
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.services import Services
from dedupe.web.serving import serving
from dedupe.wiring.live import LiveIntake
from dedupe.wiring.operating import Operating
from tests.conftest import Server
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import draws

FIELD = "custom_attributes.golden_id"


class Served(NamedTuple):
    address: str
    token: dict[str, str]
    known: dict[str, str | int]  # what the names in paths stand for here


@pytest.fixture(scope="module")
def served(postgres_server: Server) -> Iterator[Served]:
    """One served house for the whole module: no answer may depend on what was sent before."""
    name = f"dedupe_test_{uuid.uuid4().hex}"
    with Database(postgres_server.create(name, postgres_server.template)) as database:
        house = DecidingHouse(database)
        for at in range(3):
            house.collected(
                contact(f"crm:{at}", name=f"Jonathan Marchetti{at}", email=f"jm{at}@example.com"),
                contact(f"mail:{at}", name=f"Jonathan Marchetti{at}", email=f"jonathan{at}@example.net"),
                contact(f"web:{at}", name=f"Jonathan Marchetti{at}", email=f"jm{at}@example.com"),
            )
        house.merges()
        with database.begin() as connection:
            made = tokens.make(connection, "Ada", [Scope.ADMIN])
            spare = tokens.make(connection, "Bob", [Scope.LOOKUP])
        told = (EventSubscription("crm", Target("https://crm.example/", ())),)
        desk = SourceSettings("desk", "digital99", account_id="7", writeback=WritebackSettings(FIELD))
        services = Services(
            database,
            house.scorer,
            house.republish,
            draws,
            tokens_required=True,
            subscriptions=told,
            live=LiveIntake({"desk": desk}, NormalizeSettings()),
            operating=Operating(publish=lambda _database, run: house.publishes(str(run))),
        )
        with serving(create_app(services)) as address:
            yield Served(
                address, {"Authorization": f"Bearer {made.secret}"}, _known(house, database, spare.id)
            )
    postgres_server.drop(name)


def _known(house: DecidingHouse, database: Database, token: UUID) -> dict[str, str | int]:
    first, second, *_ = house.waiting()
    decided = house.answers(house.shown(second.id), Verdict.DIFFERENT)
    audit = draws(database, "Ada", 2, 2)
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    return {
        "golden_id": str(house.golden("crm:0")),
        "candidate_id": str(first.id),
        "decision_id": str(decided.decision),
        "audit_id": str(audit.id),
        "number": 1,
        "token_id": str(token),
        "run_id": house.merges(plan=True).run_id,
        "source": "crm",
        "name": "crm",
    }


def _configuration(known: dict[str, str | int]) -> str:
    """Half the ids in paths are of what is there; the others are drawn, and mostly of nothing."""
    lines = [
        line
        for name, value in known.items()
        for line in (f"[dictionaries.{name}]", f"values = [{json.dumps(value)}]")
    ]
    bound = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.5 }}' for name in known]
    return "\n".join([*lines, "[parameters]", *bound, _EXPIRED])


# Any text of its form is a cursor; whether its events are kept, or were ever there, only the database knows:
# 410 says that they aren't.
_EXPIRED = """
[[operations]]
include-operation-id = "events"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "410", "429", "5xx"]
"""


def finds_nothing(served: Served, folder: Path, examples: int, seed: int) -> None:
    """Schemathesis finds nothing with every check, over the whole document."""
    (folder / "schemathesis.toml").write_text(_configuration(served.known), "utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/openapi.json"),
            *("--header", f"Authorization: {served.token['Authorization']}", "--no-color"),
            *("--checks", "all", "--max-examples", str(examples), "--seed", str(seed)),
            *("--suppress-health-check", "all"),  # a machine that is busy is no finding
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0 or "Tested: " not in ran.stdout:
        pytest.fail(ran.stdout + ran.stderr, pytrace=False)


def test_every_answer_is_one_that_is_described(served: Served, tmp_path: Path) -> None:
    finds_nothing(served, tmp_path, examples=2, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_answer_is_one_that_is_described_at_length(served: Served, tmp_path: Path, seed: int) -> None:
    finds_nothing(served, tmp_path, examples=50, seed=seed)

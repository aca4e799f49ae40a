"""The API keeps what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dedupe.deliveries.subscription import EventSubscription, Target
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.review.publish_decision import PublishRules, republisher
from dedupe.review.published_scorer import published_scorer
from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.services import Services
from dedupe.web.serving import serving
from dedupe.wiring.live import LiveIntake
from tests.conftest import Server
from tests.house import House, contact
from tests.review.deciding_house import strict
from tests.web.conftest import draws

FIELD = "custom_attributes.golden_id"


class Served(NamedTuple):
    address: str
    token: dict[str, str]


@pytest.fixture(scope="module")
def served(postgres_server: Server) -> Iterator[Served]:
    """One served house for the whole module: no answer may depend on what was sent before."""
    name = f"dedupe_test_{uuid.uuid4().hex}"
    with Database(postgres_server.create(name, postgres_server.template)) as database:
        house = House(database)
        house.collected(
            contact("crm:1", name="Jonathan Marchetti", email="jm@example.com"),
            contact("mail:1", name="Jonathan Marchetti", email="jonathan@example.net"),
        )
        house.merges()
        scorer = published_scorer(adjusted=strict)
        with database.begin() as connection:
            secret = tokens.make(connection, "Ada", [Scope.ADMIN]).secret
        republish = republisher(scorer, PublishRules())
        told = (EventSubscription("crm", Target("https://crm.example/", ())),)
        desk = SourceSettings("desk", "digital99", account_id="7", writeback=WritebackSettings(FIELD))
        live = LiveIntake({"desk": desk}, NormalizeSettings())
        app = create_app(
            Services(database, scorer, republish, draws, tokens_required=True, subscriptions=told, live=live)
        )
        with serving(app) as address:
            yield Served(address, {"Authorization": f"Bearer {secret}"})
    postgres_server.drop(name)


def findings(served: Served, folder: Path, examples: int, seed: int) -> str:
    """What schemathesis finds with every check, over the whole document; nothing is nothing."""
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
    assert "Tested: " in ran.stdout, ran.stdout + ran.stderr
    return "" if ran.returncode == 0 else ran.stdout


def test_every_answer_is_one_that_is_described(served: Served, tmp_path: Path) -> None:
    assert findings(served, tmp_path, examples=2, seed=1) == ""


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_every_answer_is_one_that_is_described_at_length(served: Served, tmp_path: Path, seed: int) -> None:
    assert findings(served, tmp_path, examples=100, seed=seed) == ""

"""A typed client, generated from the OpenAPI document by a generator that others use, asks a served house."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open

PACKAGE = "contact_dedupe_client"
_PLACES = os.pathsep.join([str(Path(sys.prefix, "client", "bin")), os.environ.get("PATH", "")])


@pytest.fixture
def served(opened: Open, token: Any) -> httpx.Client:
    client = opened(tokens_required=True)
    client.headers.update(token(Scope.ADMIN))
    return client


@pytest.fixture
def package(served: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The generated package, ready to be imported; a warning of the generator fails."""
    generator = shutil.which("openapi-python-client", path=_PLACES)
    assert generator is not None, "`make test` installs it, by requirements-client.lock"
    document, folder = tmp_path / "openapi.json", tmp_path / "generated"
    document.write_text(json.dumps(served.get("/openapi.json").json()), "utf-8")
    ran = subprocess.run(
        [
            *(generator, "generate", "--path", document, "--meta", "none", "--fail-on-warning"),
            *("--output-path", folder / PACKAGE),
        ],
        env={**os.environ, "PATH": os.pathsep.join([str(Path(generator).parent), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    monkeypatch.syspath_prepend(folder)
    yield PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def client(package: str, served: httpx.Client) -> Iterator[Any]:
    secret = served.headers["authorization"].removeprefix("Bearer ")
    made: Any = importlib.import_module(package).AuthenticatedClient(
        base_url=str(served.base_url), token=secret
    )
    with made:
        yield made


def test_a_generated_client_looks_up_acts_and_lists(package: str, client: Any, house: DecidingHouse) -> None:
    for key in ("crm:1", "mail:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email="jm@example.com"))
    house.merges()
    models: Any = importlib.import_module(f"{package}.models")

    def call(module: str, *of: Any, **more: Any) -> Any:
        route = importlib.import_module(f"{package}.api.{module}")
        return route.sync_detailed(*of, client=client, **more)

    asked = models.LookupBody(email="jm@example.com")
    [hit] = call("golden_contacts.lookup", body=asked).parsed.hits
    assert hit.contact.id == house.golden("crm:1")

    several = [models.AskedItem(email="jm@example.com"), models.AskedItem(phone="no number")]
    first, second = call("golden_contacts.lookup_many", body=models.ManyBody(several)).parsed.answers
    assert (first.status, first.hits[0].contact.id) == ("found", hit.contact.id)
    assert second.status == "unreadable"

    groups = models.SplitBody(groups=[[house.seed("mail:1")]])
    shown = call("golden_contacts.split", hit.contact.id, body=groups, preview=True).parsed
    assert isinstance(shown, models.PreviewShown)
    assert house.golden("mail:1") == hit.contact.id
    groups.seen = shown.seen
    done = call("golden_contacts.split", hit.contact.id, body=groups).parsed
    assert isinstance(done, models.DecisionResult)
    assert house.golden("mail:1") != hit.contact.id

    page = call("review.decisions", origin="hand").parsed
    assert [one.id for one in page.decisions] == [done.decision]
    refused = call("review.revoke", done.run_id, body=models.RevokeBody())
    assert (refused.status_code, refused.parsed.type_.split(":")[-1]) == (404, "not-known")

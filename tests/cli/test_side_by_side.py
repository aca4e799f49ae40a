"""The release before this one goes on serving while the tables are brought up to this one."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate, pending
from dedupe.storage.revisions import folder

ROOT = Path(__file__).parents[2]
CONTACTS = "record_id,name,email\n1,Ann Lee,ann@x.org\n2,Ann Lee,ann@x.org\n3,Bob Ray,bob@x.org\n"


def git(*arguments: str) -> bytes:
    ran = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)
    if ran.returncode:
        pytest.skip(
            f"the release before this one is not here: git {arguments[0]} says {ran.stderr.decode()[:80]}"
        )
    return ran.stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code as it was before the newest revision of the tables came."""
    newest = max(folder().glob("versions/[0-9]*.py")).relative_to(ROOT)
    added = git("log", "--diff-filter=A", "--format=%H", "--", str(newest)).decode().split()
    if not added:
        pytest.skip("the newest revision of the tables is not committed yet")
    place = tmp_path_factory.mktemp("before")
    archive = git("archive", f"{added[-1]}^", "dedupe", "migrations")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(place, filter="data")
    assert not (place / newest).exists()
    return place


@contextlib.contextmanager
def serving(code: Path, place: Path, name: str) -> Iterator[httpx.Client]:
    """`dedupe serve` of that code."""
    log = place / name
    with log.open("wb") as said:
        command = [sys.executable, "-P", "-m", "dedupe", "serve", "--port", "0"]
        process = subprocess.Popen(command, cwd=place, env=environment(code), stderr=said)
    try:
        deadline = time.monotonic() + 120
        while not (found := re.search(r"Serving at (\S+) ", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with httpx.Client(base_url=found[1], timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def environment(code: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(code)}


def dedupe(code: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "dedupe", *arguments]
    return subprocess.run(
        command, cwd=place, env=environment(code), capture_output=True, text=True, check=False
    )


def finds(client: httpx.Client) -> bool:
    """Whether what people and programs ask for most is answered."""
    asked = client.post("/v1/lookup", json={"email": "ann@x.org"})
    [hit] = asked.raise_for_status().json()["hits"]
    golden = hit["contact"]["id"]
    assert client.get(f"/v1/golden-contacts/{golden}").raise_for_status().json()["status"] == "live"
    for path in (
        "/readyz",
        "/metrics",
        "/v1/events",
        "/v1/review-candidates",
        "/v1/sources",
        "/v1/held-runs",
    ):
        client.get(path).raise_for_status()
    told = [{"external_id": "4", "contact": {"full_name": "New One", "email": "new@x.org"}}]
    return bool(
        client.post("/v1/source-contacts", json={"source": "crm", "contacts": told}).status_code == 202
    )


@pytest.mark.long
def test_the_release_before_serves_the_tables_of_this_one(
    before: Path, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE", empty_database_url)
    monkeypatch.setenv("DEDUPE_DATABASE__URL_ENV", "TEST_DATABASE")
    (tmp_path / "crm.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "config.toml").write_text('[sources.crm]\nprovider = "file"\npath = "crm.csv"\n', "utf-8")
    for command in ("migrate", "nightly"):
        ran = dedupe(before, tmp_path, command)
        assert ran.returncode == 0, ran.stderr
    with serving(before, tmp_path, "old") as old:
        assert finds(old)
        with Database(empty_database_url) as database:
            assert pending(database)
            migrate(database)
        assert finds(old), "the tables are of this release now"
        with serving(ROOT, tmp_path, "new") as new:
            assert finds(new)
            assert finds(old), "both serve"
        refused = dedupe(before, tmp_path, "lookup", "ann@x.org")
        assert "Run that one" in refused.stderr, "one that is begun anew says what to do"

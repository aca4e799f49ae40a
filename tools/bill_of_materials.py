"""What is installed, by the locks: a software bill of materials, the licences, and how old the locks are.

python -m tools.bill_of_materials sbom          CycloneDX 1.6, JSON, of requirements.lock
python -m tools.bill_of_materials licences      a table of package, version and licence
python -m tools.bill_of_materials age [DAYS]    exit 1 where the lock is older than so many days (default 90)

All of it is read from the locks, the installed metadata and the history of this checkout: nothing is fetched.
`age` can't know of vulnerabilities; that a lock is renewed often is what it sees to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

import dedupe

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
OLDEST = 90  # days until a lock is to be renewed (chosen)
_PIN = re.compile(
    r"^(?P<requirement>[a-z0-9].*?) \\$(?P<hashes>(?:\n    --hash=sha256:\w+(?: \\)?)+)", re.MULTILINE
)
_HASH = re.compile(r"sha256:(\w+)")
_DAY = 86_400
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Locked:
    name: str
    version: str
    hashes: tuple[str, ...]  # SHA-256 of its files, for every system
    licence: str  # by its installed metadata; UNKNOWN where this version isn't installed here

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def locked(lock: Path = LOCK) -> list[Locked]:
    """What the lock installs on this system and Python, by name."""
    found = []
    for pin in _PIN.finditer(lock.read_text(encoding="utf-8")):
        wanted = Requirement(pin["requirement"])
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            exact = next(iter(wanted.specifier)).version
            hashes = tuple(_HASH.findall(pin["hashes"]))
            found.append(Locked(wanted.name, exact, hashes, licence(wanted.name, exact)))
    return sorted(found, key=lambda one: one.name)


def licence(name: str, exact: str) -> str:
    """An SPDX expression where the package states one, else its classifiers or first line."""
    try:
        if version(name) != exact:
            return UNKNOWN
        told = metadata(name)
    except PackageNotFoundError:
        return UNKNOWN
    return _expression(told) or _classified(told) or _first_line(told) or UNKNOWN


def _expression(told: PackageMetadata) -> str:
    return _first(told, "License-Expression")


def _classified(told: PackageMetadata) -> str:
    of_licences = [one for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    return " or ".join(one.rpartition(":: ")[2] for one in of_licences)


def _first_line(told: PackageMetadata) -> str:
    return _first(told, "License").strip().partition("\n")[0]


def _first(told: PackageMetadata, field: str) -> str:
    return str((told.get_all(field) or [""])[0])


def sbom(found: list[Locked]) -> dict[str, Any]:
    """The CycloneDX document. Without a serial number or a time, so that the same lock gives the same
    bytes."""
    ours = {"type": "application", "bom-ref": "contact-dedupe", "name": "contact-dedupe"}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**ours, "version": dedupe.__version__, "licenses": [_spdx("Apache-2.0")]}},
        "components": [_component(one) for one in found],
        "dependencies": [{"ref": "contact-dedupe", "dependsOn": [one.purl for one in found]}],
    }


def _component(one: Locked) -> dict[str, Any]:
    """A package. Each file of it has a hash of its own, so they stand as files of it, not as its own
    hashes."""
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "properties": [{"name": "contact-dedupe:sha256", "value": each} for each in one.hashes],
    }
    if one.licence != UNKNOWN:
        made["licenses"] = [{"license": {"name": one.licence}}]
    return made


def _spdx(name: str) -> dict[str, Any]:
    return {"license": {"id": name}}


def age(lock: Path = LOCK) -> float:
    """Days since the lock was last changed: by its commit, or, without a history, by its file."""
    command = ["git", "log", "-1", "--format=%ct", "--", lock.name]
    try:
        ran = subprocess.run(command, cwd=lock.parent, capture_output=True, text=True, check=True)  # noqa: S603
        changed = float(ran.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        changed = lock.stat().st_mtime
    return (time.time() - changed) / _DAY


def main(arguments: list[str]) -> int:
    match arguments:
        case ["sbom"]:
            print(json.dumps(sbom(locked()), indent=1))  # noqa: T201
        case ["licences"]:
            for one in locked():
                print(f"{one.name:<28}{one.version:<14}{one.licence}")  # noqa: T201
        case ["age", *days] if len(days) < 2:
            most, found = int(days[0]) if days else OLDEST, age()
            print(f"requirements.lock is {found:.0f} days old; {most} are allowed")  # noqa: T201
            return int(found > most)
        case _:
            print(__doc__)  # noqa: T201
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The locks are complete for every supported Python, and no requirement reaches pip's resolver."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
}
_PIN = re.compile(r"^(?P<requirement>[a-z0-9].*?) \\$", re.MULTILINE)


Pins = dict[NormalizedName, set[Version]]


class Need(NamedTuple):
    name: NormalizedName
    extras: frozenset[str]


def environment(python: str, system: str) -> dict[str, str]:
    return {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "x86_64",
        "extra": "",
    }


def locked(name: str, env: dict[str, str]) -> Pins:
    """What the lock installs in an environment."""
    pins: Pins = {}
    for found in _PIN.finditer((ROOT / name).read_text(encoding="utf-8")):
        pin = Requirement(found["requirement"])
        if pin.marker is None or pin.marker.evaluate(env):
            (exact,) = pin.specifier
            pins.setdefault(canonicalize_name(pin.name), set()).add(Version(exact.version))
    return pins


def asked_for(*groups: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"], *(project["dependency-groups"][group] for group in groups)]
    return [Requirement(text) for texts in lists for text in texts]


def required(package: Need, env: dict[str, str], pins: Pins) -> Iterator[Requirement]:
    """What a locked distribution asks for, extras included, by its metadata where that version is here."""
    try:
        if pins.get(package.name) != {Version(version(package.name))}:
            return  # locked in another version for another Python: told where that one runs the tests
        texts = requires(package.name) or []
    except PackageNotFoundError:
        return  # of another system
    for requirement in map(Requirement, texts):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**env, "extra": extra}) for extra in ("", *package.extras)):
            yield requirement


def unmet(wanted: list[Requirement], pins: Pins, env: dict[str, str]) -> list[str]:
    """The requirements, their own requirements and so on, that no pin meets."""
    missing, seen, pending = [], set(), list(wanted)
    while pending:
        requirement = pending.pop()
        versions = pins.get(canonicalize_name(requirement.name), set())
        if len(versions) != 1 or not requirement.specifier.contains(next(iter(versions)), prereleases=True):
            missing.append(f"{requirement} (locked: {', '.join(map(str, versions)) or 'not at all'})")
        package = Need(canonicalize_name(requirement.name), frozenset(requirement.extras))
        if package not in seen:
            seen.add(package)
            pending.extend(required(package, env, pins))
    return missing


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_runtime_lock_holds_all_that_the_project_needs(python: str, system: str) -> None:
    env = environment(python, system)
    assert unmet(asked_for("install"), locked("requirements.lock", env), env) == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_both_locks_together_hold_all_that_the_tests_need(python: str, system: str) -> None:
    env = environment(python, system)
    pins = locked("requirements.lock", env)
    for name, versions in locked("requirements-dev.lock", env).items():
        pins[name] = pins.get(name, set()) | versions  # two versions of one package are met by none
    assert unmet(asked_for("install", "dev"), pins, env) == []


def test_a_pin_that_is_gone_is_noticed() -> None:
    env = environment("3.11", "linux")
    pins = locked("requirements.lock", env)
    del pins[canonicalize_name("httpcore")]
    assert [line.split(" ")[0].split("=")[0] for line in unmet(asked_for(), pins, env)] == ["httpcore"]


def test_an_extra_s_requirements_count() -> None:
    env = environment("3.11", "linux")
    psycopg = Need(canonicalize_name("psycopg"), frozenset({"binary"}))
    asked = required(psycopg, env, locked("requirements.lock", env))
    assert "psycopg-binary" in {canonicalize_name(one.name) for one in asked}


def test_users_install_no_test_tools() -> None:
    runtime = locked("requirements.lock", environment("3.11", "linux"))
    assert {"pytest", "mypy", "ruff", "hypothesis", "coverage", "pandas"} & set(runtime) == set()


@pytest.mark.parametrize("lock", [f"requirements{kind}.lock" for kind in ("", "-dev", "-spark", "-client")])
def test_every_pin_has_hashes_and_no_lock_names_an_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert re.findall(r"^.*(?:://|--index|--find-links).*$", text, re.MULTILINE) == []


def test_no_requirement_reaches_the_resolver_of_pip() -> None:
    made = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    installs = [line for line in made.stdout.replace("\\\n", "").splitlines() if "pip install" in line]
    assert len(installs) == 4  # both locks, the project itself, and what generates clients
    assert [line for line in installs if "--no-deps" not in line] == []
    assert [line for line in installs if "--require-hashes" not in line and "-e ." not in line] == []

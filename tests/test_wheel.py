"""What users install: the wheel with the locked dependencies, in clean environments, outside the checkout."""

from __future__ import annotations

import csv
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_manifests import CONTAINERFILE, ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def ran(*command: str | Path, **options: Any) -> str:
    """What the command says. Outside the checkout and with nothing of this environment's."""
    kept = (
        "PATH",
        "LANG",
        "TMPDIR",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_CONFIG_FILE",
    )
    environment = {name: os.environ[name] for name in kept if name in os.environ} | options.pop("env", {})
    done = subprocess.run(
        [str(one) for one in command], env=environment, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return str(done.stdout)


def python_of(version: str) -> str | None:
    """Where that Python is; None where it isn't."""
    folders = Path.home().glob(f".pyenv/versions/{version}.*/bin")
    places = [shutil.which(f"python{version}"), *(str(one / f"python{version}") for one in folders)]
    for found in filter(None, places):
        said = subprocess.run(
            [found, "-c", "import ensurepip, sys; print(sys.version)"], capture_output=True, text=True
        )
        if said.returncode == 0 and said.stdout.startswith(f"{version}."):
            return found
    return None


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    ran(*command, env={"DEDUPE_BUILD_COMMIT": "0123456789ab"})
    (made,) = folder.glob("*.whl")
    return made


def pip_commands() -> list[list[str]]:
    """What the container's build says to pip, the folder of the environment left out."""
    lines = re.findall(r"^RUN /opt/dedupe/bin/python -m pip (.*)$", CONTAINERFILE, re.MULTILINE)
    assert len(lines) == 3
    return [line.split() for line in lines]


@pytest.fixture(scope="session", params=PYTHONS)
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The folder of the commands in a clean environment that the container's own lines made."""
    if (python := python_of(request.param)) is None:
        pytest.skip(f"Python {request.param} is not here")
    home = tmp_path_factory.mktemp(f"python{request.param}")
    ran(python, "-m", "venv", home / "environment")
    for arguments in pip_commands():
        given = [str(wheel) if one == "." else one for one in arguments]
        ran(home / "environment" / "bin" / "python", "-m", "pip", "--quiet", *given, cwd=ROOT)
    return home / "environment" / "bin"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the embedded server may enter, when root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="dedupe-wheel-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_the_wheel_runs_outside_the_checkout(installed: Path, folder: Path) -> None:
    command = installed / "dedupe"
    there = {"cwd": folder, "env": {"HOME": str(folder), "DEDUPE_DATABASE__DATA_DIR": str(folder / "data")}}
    assert ran(command, "--version", **there).strip().endswith("(build 0123456789ab)")
    assert "published" in ran(command, "demo", "--contacts", "300", "--no-serve", **there)
    ran(command, "export", "crosswalk", "crosswalk.csv", **there)
    with (folder / "crosswalk.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len(rows) > 200
    found = ran(command, "lookup", f"{rows[0]['source']}:{rows[0]['external_id']}", **there)
    assert f"{rows[0]['source']}:{rows[0]['external_id']}" in found


@pytest.mark.skipif(not os.environ.get("READ_ONLY_ROOT"), reason="mounts as root: make test-all tries it")
def test_the_wheel_runs_by_nobody_on_a_root_that_can_not_be_written(installed: Path, folder: Path) -> None:
    if platform.python_version() not in ran(installed / "python", "--version"):
        pytest.skip("one Python is enough")
    runs_in_a_container(installed, folder)


CONTAINED = """
set -e
mount --make-rprivate /
mount --bind / /mnt
mount -o remount,ro,bind /mnt
mount -t tmpfs -o mode=1777 tmpfs /mnt/tmp
mkdir /mnt/tmp/packages /mnt/tmp/data
if [ -n "$HIDDEN" ]; then  # Python lies where only root may enter
  mount --bind "$OPEN" "/mnt$HIDDEN"
  mkdir -p "/mnt$BASE" && mount --bind "$BASE" "/mnt$BASE"
fi
mount --bind "$PACKAGES" /mnt/tmp/packages
chown 10001:10001 /mnt/tmp/data
mount --bind "$USERS" /mnt/etc/passwd
mount --rbind /dev /mnt/dev
mount --rbind /proc /mnt/proc
cd /
exec chroot --userspec=10001:10001 /mnt /usr/bin/env -i PATH=/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \\
  PYTHONPATH=/tmp/packages DEDUPE_DATABASE__DATA_DIR=/tmp/data /bin/sh -c \
  "if touch /opt/written; then exit 9; fi; cd /tmp/data; \\
  $BASE/bin/python3 -m dedupe demo --contacts 200 --no-serve"
"""


def runs_in_a_container(installed: Path, folder: Path) -> None:
    """As in the container: nobody's root, a root file system that can't be written but for /tmp (where the
    data is, too). Where no mount namespace can be made, nothing is tried."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        return
    asked = "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_path('purelib'))"
    base, packages = ran(installed / "python", "-c", asked).split()
    hidden = next((str(one) for one in reversed(Path(base).parents) if not one.stat().st_mode & 0o001), "")
    (folder / "open").mkdir(mode=0o755)
    users = Path("/etc/passwd").read_text() + "dedupe:x:10001:10001::/tmp/data:/usr/sbin/nologin\n"
    (folder / "passwd").write_text(users)
    places = {"BASE": base, "PACKAGES": packages, "USERS": str(folder / "passwd")}
    places |= {"HIDDEN": hidden, "OPEN": str(folder / "open")}
    assert "published" in ran("unshare", "--mount", "sh", "-c", CONTAINED, env=places)

"""What users install: the wheel with the locked dependencies, in clean environments, outside the checkout."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
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


def test_the_wheel_runs_a_demo_and_a_lookup(installed: Path, tmp_path: Path) -> None:
    command, data = installed / "dedupe", tmp_path / "data"
    tmp_path.chmod(0o755)
    there = {"cwd": tmp_path, "env": {"HOME": str(tmp_path), "DEDUPE_DATABASE__DATA_DIR": str(data)}}
    assert ran(command, "--version", **there).strip().endswith("(build 0123456789ab)")
    told = ran(command, "demo", "--contacts", "300", "--no-serve", **there)
    assert "published" in told
    ran(command, "export", "crosswalk", "crosswalk.csv", **there)
    with (tmp_path / "crosswalk.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len(rows) > 200
    found = ran(command, "lookup", f"{rows[0]['source']}:{rows[0]['external_id']}", **there)
    assert rows[0]["golden_id"] in found


CONTAINED = """
set -e
mount --make-rprivate /
mount --bind / /mnt
mount -o remount,ro,bind /mnt
mount -t tmpfs -o mode=1777 tmpfs /mnt/tmp
mkdir /mnt/tmp/base /mnt/tmp/packages /mnt/tmp/data
mount --bind "$BASE" /mnt/tmp/base
mount --bind "$PACKAGES" /mnt/tmp/packages
chown 10001:10001 /mnt/tmp/data
mount --bind "$USERS" /mnt/etc/passwd
mount --rbind /dev /mnt/dev
mount --rbind /proc /mnt/proc
cd /
exec chroot --userspec=10001:10001 /mnt /usr/bin/env -i PATH=/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \\
  PYTHONPATH=/tmp/packages DEDUPE_DATABASE__DATA_DIR=/tmp/data /bin/sh -c \
  "if touch /opt/written; then exit 9; fi; cd /tmp/data; \\
  /tmp/base/bin/python3 -m dedupe demo --contacts 200 --no-serve"
"""


def test_it_runs_as_nobody_s_root_on_a_root_that_cannot_be_written(installed: Path, tmp_path: Path) -> None:
    """As in the container: /tmp and the data folder alone can be written, and the user has but a name."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("no mount namespace can be made here")
    told = ran(
        installed / "python",
        "-c",
        "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_path('purelib'))",
    )
    base, packages = told.split()
    users = tmp_path / "passwd"
    users.write_text(Path("/etc/passwd").read_text() + "dedupe:x:10001:10001::/tmp/data:/usr/sbin/nologin\n")
    places = {"BASE": base, "PACKAGES": packages, "USERS": str(users)}
    assert "published" in ran("unshare", "--mount", "sh", "-c", CONTAINED, env=places)

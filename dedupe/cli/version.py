"""Which release this is, and from which commit it was built, where that is known."""

from __future__ import annotations

import subprocess
from pathlib import Path

import dedupe

_PACKAGE = Path(dedupe.__file__).parent


def version_and_build() -> str:
    """`1.2.0 (build 0b7ae10c2d3e)`; the version alone where the build is not known."""
    commit = _of_the_wheel() or _of_the_checkout()
    return f"{dedupe.__version__} (build {commit})" if commit else dedupe.__version__


def _of_the_wheel() -> str | None:
    written = _PACKAGE / "build.txt"
    return written.read_text(encoding="utf-8").strip() if written.is_file() else None


def _of_the_checkout() -> str | None:
    """The commit of the checkout that this runs from; None elsewhere, or without git."""
    if not (_PACKAGE.parent / ".git").exists():
        return None
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        ran = subprocess.run(command, cwd=_PACKAGE.parent, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return ran.stdout.strip()

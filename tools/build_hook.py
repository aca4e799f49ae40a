"""What the build adds to the wheel: from which commit it was made, for `dedupe --version`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMMIT_VARIABLE = "DEDUPE_BUILD_COMMIT"
"""Names the commit where the build sees no repository, as in a container's build."""


class CommitHook(BuildHookInterface[Any]):
    made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # the checkout itself says which commit it is at
            return
        if commit := os.environ.get(COMMIT_VARIABLE) or commit_of(Path(self.root)):
            self.made = Path(tempfile.mkdtemp())
            (self.made / "build.txt").write_text(f"{commit}\n", encoding="utf-8")
            build_data["force_include"][str(self.made / "build.txt")] = "dedupe/build.txt"

    def finalize(self, *_: object) -> None:
        if self.made is not None:
            shutil.rmtree(self.made)


def commit_of(folder: Path) -> str | None:
    """The commit of a checkout, `+` behind it where files differ; None without git or a repository."""
    if not (folder / ".git").exists():
        return None
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + "+" * bool(changed)


def _git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return ran.stdout.strip()

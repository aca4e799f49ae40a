"""The pages as a site: `make site`, which makes an environment that has Zensical in it.

python -m tools.site [FOLDER]      default: build/site; fails on a link or an anchor that leads nowhere
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "config.example.toml")
"""What pages of docs/ lead to: it is laid beside them, as in the repository, so that links hold as they
are."""
_SETTINGS = """\
[project]
site_name = "contact-dedupe"
site_description = "Who is who among the contacts of many providers"
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
"""


def laid_out(folder: Path) -> Path:
    """The pages and the settings in a folder of their own; gives the file of the settings."""
    pages = folder / "pages"
    pages.mkdir(parents=True)
    shutil.copytree(ROOT / "docs", pages / "docs")
    for name in BESIDE:
        shutil.copy(ROOT / name, pages / name)
    settings = folder / "zensical.toml"
    settings.write_text(_SETTINGS, encoding="utf-8")
    return settings


def main(arguments: list[str]) -> int:
    made = Path(arguments[0]) if arguments else ROOT / "build" / "site"
    work = made.with_name(made.name + "-work")
    shutil.rmtree(work, ignore_errors=True)
    settings = laid_out(work)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict"]
    ran = subprocess.run([*command, "--config-file", settings.name], cwd=work, check=False)  # noqa: S603
    if ran.returncode == 0:
        shutil.rmtree(made, ignore_errors=True)
        shutil.move(work / "site", made)
        shutil.rmtree(work)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

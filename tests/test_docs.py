"""What README, docs and the example configuration name exists."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from pydantic import ValidationError

from dedupe.cli.main import app
from dedupe.config import Settings

ROOT = Path(__file__).parent.parent
TOPS = ("dedupe", "tests", "benchmarks", "migrations", "tools")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = [str(path.relative_to(ROOT)) for top in TOPS for path in (ROOT / top).rglob("*.py")]
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_CALL = re.compile(r"(?<![\w=-])dedupe((?: (?:-[\w-]+|[a-z][\w-]*))+)")
MADE_UP = {"zephyr.py", "zephyr.md", "test_zephyr.py", "ltsv.py", "test_ltsv.py", "test_rules.py"}
"""What the examples of docs/extending make."""
_PATH = re.compile(r"(?<![\w/-])(?:dedupe|docs|tests|benchmarks|migrations)/[\w./-]*\w")


def code_of(page: Path) -> list[str]:
    return _CODE.findall(page.read_text(encoding="utf-8"))


def unknown(call: str) -> str | None:
    """The first word or option of a call that the command line doesn't know."""
    command: Any = typer.main.get_command(app)
    for word in call.split():
        if word.startswith("-"):
            if word not in {name for parameter in command.params for name in parameter.opts}:
                return word
        elif isinstance(command, click.Group) or hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    calls = [call for code in code_of(page) for call in _CALL.findall(code)]
    assert [call for call in calls if unknown(call)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = [path for code in code_of(page) for path in _PATH.findall(code)]
    real = [path for path in named if "NAME" not in path and Path(path).name not in MADE_UP]
    assert [path for path in real if not (ROOT / path).exists()] == []


_MODULE = re.compile(r"(?<![\w./-])(?:[\w-]+/)*\w+\.py\b")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    named = {path for code in code_of(page) for path in _MODULE.findall(code)}
    real = {path for path in named if "NAME" not in path and Path(path).name not in MADE_UP}
    assert {path for path in real if not any(f"/{each}".endswith(f"/{path}") for each in MODULES)} == set()


def links(page: Path) -> Iterator[Path]:
    """The files of ours that a page leads to."""
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in target:
            yield (page.parent / target).resolve()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [str(target) for target in links(page) if not target.exists()] == []


_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as renderers make them of the words."""
    headings = _HEADING.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL))
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one).lower() for one in headings]
    return {re.sub(r"[^\w -]", "", one).strip().replace(" ", "-") for one in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_anchor_is_a_heading(page: Path) -> None:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    wanted = [
        (page.parent / to if to else page, name) for to, name in _ANCHOR.findall(text) if "://" not in to
    ]
    assert [name for to, name in wanted if to.suffix == ".md" and name not in anchors(to)] == []


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    assert {*(ROOT / "docs").rglob("*.md")} - {*links(index)} == {index}
    assert index in links(ROOT / "README.md")


def uncommented(text: str) -> str:
    """The example with its commented keys in force."""
    return re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)


def test_every_key_of_the_example_configuration_exists() -> None:
    values = tomllib.loads(uncommented((ROOT / "config.example.toml").read_text(encoding="utf-8")))
    for other in ("url", "url_file"):  # the other ways to say where
        values["database"].pop(other)
    values["privacy"].pop("erasure_key_file")
    values["run"].pop("every")  # instead of a time of day
    values["golden"]["trust"] = list(values["sources"])
    Settings(**values)


def test_the_example_configuration_names_every_key() -> None:
    named = set(re.findall(r"^#? ?(\w+) = ", (ROOT / "config.example.toml").read_text("utf-8"), re.MULTILINE))
    example = (ROOT / "config.example.toml").read_text("utf-8")
    named |= set(re.findall(r"^#? ?\[\w+\.(\w+)\]", example, re.MULTILINE))  # a key that is a table
    sections = {name: field.annotation for name, field in Settings.model_fields.items() if name != "sources"}
    keys = {key for section in sections.values() for key in getattr(section, "model_fields", {})}
    assert keys - named == set()


def tables(page: Path) -> Iterator[dict[str, Any]]:
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        yield tomllib.loads(uncommented(block))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_key_of_a_page_s_configuration_exists(page: Path) -> None:
    for values in tables(page):
        values["sources"] = {name.lower(): one for name, one in values.get("sources", {}).items()}
        for source in values["sources"].values():
            source.setdefault("provider", "whippy")
        values.get("database", {}).pop("url_file", None)
        values.get("privacy", {}).pop("erasure_key_file", None)
        values.get("database", {}).pop("url_env", None)  # where a page shows both ways
        try:
            Settings(**values)
        except ValidationError as error:
            pytest.fail(str([mistake["loc"] for mistake in error.errors(include_input=False)]))

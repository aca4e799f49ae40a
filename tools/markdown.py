"""Pieces of a generated page: tables, wrapped paragraphs, long lists folded away."""

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 120


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells may hold `|` and line ends."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def paragraph(text: str) -> str:
    """Its words on lines of at most WIDTH characters."""
    lines = textwrap.wrap(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def folded(title: str, text: str) -> str:
    """Shown when somebody asks for it."""
    return f"<details>\n<summary>{title}</summary>\n\n{text.rstrip()}\n\n</details>\n"

"""The decisions in `docs/index.md`, made from their titles; the rest of the page is written by hand."""

import re
from pathlib import Path

from tools.markdown import table

INDEX = Path(__file__).parents[1] / "docs" / "index.md"
_BEGIN = "<!-- the list is made by `python -m tools.reference_pages` -->\n\n"


def page() -> str:
    """The page as it is, with every decision in its list."""
    written = INDEX.read_text(encoding="utf-8").partition(_BEGIN)[0]
    decisions = sorted((INDEX.parent / "decisions").glob("*.md"))
    return written + _BEGIN + table(["", "decision"], map(_row, decisions))


def _row(decision: Path) -> list[str]:
    """Its number leads to it; a heading of another form fails here."""
    first = decision.read_text(encoding="utf-8").partition("\n")[0]
    found = re.fullmatch(r"# (\d+)\. (.*)", first)
    if found is None:
        raise ValueError(f"{decision.name}: its first line must be `# NUMBER. Title`")
    return [f"[{found[1]}](decisions/{decision.name})", found[2]]

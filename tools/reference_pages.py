"""The pages of docs/ that are made from the code.

python -m tools.reference_pages     writes them; tests/test_reference_pages.py says whether they are current
"""

from collections.abc import Callable
from pathlib import Path

from tools import (
    commands_page,
    configuration_page,
    index_page,
    metrics_page,
    normalizing_page,
    problems_page,
    views_page,
)

ROOT = Path(__file__).parents[1]
PAGES: dict[str, Callable[[], str]] = {
    "docs/index.md": index_page.page,
    "docs/normalizing.md": normalizing_page.page,
    "docs/reference/commands.md": commands_page.page,
    "docs/reference/configuration.md": configuration_page.page,
    "docs/reference/metrics.md": metrics_page.page,
    "docs/reference/problems.md": problems_page.page,
    "docs/reference/views.md": views_page.page,
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

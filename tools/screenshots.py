"""Pictures of every page, of the demo's people, for docs/images.

python -m tools.screenshots          makes a demo, and pictures as on a desk and some as on a phone
… --data DIR --width 768 --dark --whole --output DIR     of a kept demo, to look at by eye
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from dedupe.config import Settings
from dedupe.storage.database import Database
from dedupe.storage.lookups import every_link
from dedupe.web import starting
from dedupe.web.serving import serving
from dedupe.wiring import demo
from dedupe.wiring.nights import Listener
from tools.browsers import chromium, launched

OUTPUT = Path(__file__).parents[1] / "docs" / "images"
DESK, PHONE = 1366, 390
HEIGHTS = {390: 844, 768: 1024, 1366: 768, 1920: 1080}
CONTACTS = 2000

Visit = Callable[[Page, Database], None]


def _at(path: str) -> Visit:
    return lambda page, _: _go(page, path)


def _go(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")


def _search(asked: str) -> Visit:
    def visit(page: Page, _: Database) -> None:
        _go(page, "/")
        page.get_by_role("searchbox").fill(asked)
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_function("() => location.pathname != '/'")

    return visit


def _most_contacts(database: Database) -> str:
    """The golden contact of the most source contacts; of several the one of the first id."""
    with database.begin() as connection:
        golden = [str(one) for _, _, one in every_link(connection)]
    return max(sorted(set(golden)), key=golden.count)


def _golden(page: Page, database: Database) -> None:
    _go(page, f"/golden-contacts/{_most_contacts(database)}")


def _split(page: Page, database: Database) -> None:
    _golden(page, database)
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="The ticked are somebody else").click()
    page.get_by_role("heading", name="Split off").wait_for()


def _explain(page: Page, database: Database) -> None:
    _golden(page, database)
    page.get_by_role("button", name="Explain").click()
    page.wait_for_url("**/explain?*")


def _first_of(path: str, prefix: str) -> Visit:
    """The page that the first link of another leads to."""

    def visit(page: Page, _: Database) -> None:
        _go(page, path)
        first = page.locator(f'main a[href^="{prefix}"]').first
        if first.count():
            _go(page, first.get_attribute("href") or path)

    return visit


PAGES: dict[str, Visit] = {
    "home": _at("/"),
    "search": _search("Anna"),
    "golden-contact": _golden,
    "split": _split,
    "explain": _explain,
    "queue": _at("/review"),
    "question": _at("/review/next"),
    "decisions": _at("/decisions"),
    "audits": _at("/audits"),
    "sign-in": _at("/sign-in"),
}
ON_A_PHONE = ("search", "golden-contact", "question")


def take(
    database: Database, output: Path, width: int, names: list[str], *, dark: bool = False, whole: bool = False
) -> Iterator[Path]:
    """The pictures, each as it is made; `whole`: the page to its end rather than what a screen shows."""
    path = chromium()
    if path is None:
        raise SystemExit("no Chromium is here: apt install chromium")
    output.mkdir(parents=True, exist_ok=True)
    app = starting.application(Settings(), database, "you")
    with serving(app) as address, launched(path) as browser:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme="dark" if dark else "light",
        )
        for name in names:
            page = context.new_page()
            PAGES[name](page, database)
            file = output / f"{name}{'' if width == DESK else f'-{width}'}{'-dark' if dark else ''}.png"
            page.screenshot(path=file, full_page=whole)
            page.close()
            yield file


@contextmanager
def _database(folder: Path | None) -> Iterator[Database]:
    people = demo.people_for(CONTACTS)
    if folder is not None:
        with demo.kept_database(folder, people) as database:
            yield database
        return
    with demo.demo_database() as database:
        demo.run(database, people, Settings(), Listener())
        yield database


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a demo that was kept there")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--width", type=int, help="pixels; default: a desk's for all, a phone's for some")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--whole", action="store_true", help="pages to their end")
    parser.add_argument("--only", nargs="*", choices=PAGES, help="these pages")
    given = parser.parse_args()
    every = given.only or list(PAGES)
    sizes = [(given.width, every)] if given.width else [(DESK, every), (PHONE, [*ON_A_PHONE])]
    with _database(given.data) as database:
        for width, names in sizes:
            for file in take(database, given.output, width, names, dark=given.dark, whole=given.whole):
                sys.stdout.write(f"{file} {file.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()

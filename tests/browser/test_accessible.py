"""axe finds nothing on any page, light and dark, on a desk and on a phone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import people
from tests.browser.conftest import Open, Visit
from tests.review.deciding_house import DecidingHouse

_HOME = [
    "/",
    "/review",
    "/review/next",
    "/decisions",
    "/audits",
    "/explain?left=crm:1&right=web:1",
    "/sign-in",
]


def findings(page: Page) -> list[str]:
    """What axe finds: its rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {one['id']}: {node['target']} {node['html']}" for one in found for node in one["nodes"]
    ]


def every_page(visit: Visit, house: DecidingHouse) -> list[str]:
    golden = [f"/golden-contacts/{house.golden(key)}" for key in ("crm:1", "crm:rtl", "crm:q0", "crm:m0")]
    found = []
    for path in [*_HOME, *golden, "/golden-contacts/none"]:
        found += findings(visit.goes(path))
    page = visit.goes("/")
    for asked in ("Yadav", people.MAILBOX, "nobody@example.org"):
        page = visit.goes("/")
        page.get_by_role("searchbox").fill(asked)
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_load_state("networkidle")
        found += findings(page)
    return found


def test_nothing_is_found_on_any_page(opened: Open, house: DecidingHouse) -> None:
    given = [*people.doubtful(), *people.one_person(), *people.names_of_the_world(), *people.many(20)]
    people.collected(house, *given)
    for options in ({"width": 1366, "color_scheme": "light"}, {"width": 390, "color_scheme": "dark"}):
        assert every_page(opened(bypass_csp=True, **options), house) == []

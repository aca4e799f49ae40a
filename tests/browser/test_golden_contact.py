"""A golden contact in the browser: looked into, split, pinned, joined, as it was, by who may only look."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dedupe.storage.tokens import Scope
from tests.browser import people
from tests.browser.conftest import Open
from tests.house import contact
from tests.review.deciding_house import DecidingHouse


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    other = contact("crm:9", name="Pooja Yadav", email="pooja@example.com", phone="+442079460099")
    people.collected(house, *people.one_person(), other)
    assert len({house.golden(key) for key in ("crm:1", "mail:1", "shop:1", "web:1")}) == 1


def of_anjali(house: DecidingHouse) -> str:
    return f"/golden-contacts/{house.golden('crm:1')}"


def ticked(page: Page, *keys: str) -> Page:
    for key in keys:
        page.get_by_role("checkbox", name=key).check()
    return page


def test_a_wrong_merge_is_split_as_the_preview_showed_and_taken_back(
    opened: Open, house: DecidingHouse
) -> None:
    page = ticked(opened().goes(of_anjali(house)), "web:1")
    page.get_by_role("button", name="The ticked are somebody else").click()
    then = page.get_by_role("region", name="Then")
    expect(then.get_by_role("article")).to_have_count(2)
    assert house.golden("web:1") == house.golden("crm:1"), "nothing is done yet"
    page.get_by_label("Why").fill("she told us")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("status")).to_contain_text("Decided and published")
    assert house.golden("web:1") != house.golden("crm:1")
    page.keyboard.press("z")
    page.wait_for_url("**/decisions/*")
    assert house.golden("web:1") == house.golden("crm:1")


def test_why_a_value_is_shown_is_read_and_another_is_pinned(opened: Open, house: DecidingHouse) -> None:
    page = opened().goes(of_anjali(house))
    row = page.get_by_role("row", name="Phone")
    row.get_by_text("+442079460018").first.click()
    expect(row.get_by_text("Comes first:").first).to_be_visible()
    name = page.get_by_role("row", name="Name")
    name.get_by_text("A. Yadav").click()
    name.get_by_role("button", name="Pin this").locator("visible=true").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A. Yadav")
    assert house.record_of("crm:1")["display_name"] == "A. Yadav"


def test_members_are_moved_to_another_that_is_searched_for(opened: Open, house: DecidingHouse) -> None:
    page = ticked(opened().goes(of_anjali(house)), "web:1")
    page.get_by_role("button", name="Move the ticked").click()
    page.get_by_role("searchbox").fill("Pooja")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Move to Pooja Yadav").click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("status").wait_for()
    assert house.golden("web:1") == house.golden("crm:9")


def test_two_are_joined_without_javascript(opened: Open, house: DecidingHouse) -> None:
    page = opened(java_script_enabled=False).goes(of_anjali(house))
    page.get_by_role("button", name="Join with another").click()
    page.get_by_role("searchbox").fill("pooja@example.com")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Join with Pooja Yadav").click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("status").wait_for()
    assert house.golden("crm:9") == house.golden("crm:1")


def test_the_slider_shows_what_it_was(opened: Open, house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    for scripts in (True, False):
        page = opened(java_script_enabled=scripts).goes(of_anjali(house))
        slider = page.get_by_role("slider")
        slider.focus()
        page.keyboard.press("Home")
        if not scripts:
            page.get_by_role("button", name="Show it as it was").click()
        expect(page.locator("#then")).to_contain_text("web:1")


def test_who_may_only_look_reports_and_decides_nothing(opened: Open, house: DecidingHouse) -> None:
    page = opened(signed=Scope.LOOKUP, services={"tokens_required": True}).goes(of_anjali(house))
    for name in ("The ticked are somebody else", "Join with another", "Pin this"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    ticked(page, "web:1").get_by_role("button", name="Report a wrong merge").click()
    expect(page.get_by_role("status")).to_contain_text("Reported")
    assert house.waiting()[0].cause == "reported"


def test_a_phone_shows_all_of_it_without_scrolling_sideways(opened: Open, house: DecidingHouse) -> None:
    people.collected(house, *people.many(60), *people.names_of_the_world())
    for key in ("crm:1", "crm:m0", "crm:long", "crm:rtl"):
        page = opened(width=360, height=740).goes(f"/golden-contacts/{house.golden(key)}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, key


def test_a_source_s_own_page_is_one_link_away(opened: Open, house: DecidingHouse) -> None:
    addresses = {"crm": "https://crm.example/contacts/{external_id}?tab=1"}
    page = opened(services={"addresses": addresses}).goes(of_anjali(house))
    expect(page.get_by_role("link", name="Open in crm")).to_have_attribute(
        "href", "https://crm.example/contacts/1?tab=1"
    )
    expect(page.get_by_role("link", name="Open in mail")).to_have_count(0)

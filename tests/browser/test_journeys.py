"""What people do with the pages, in a browser."""

from __future__ import annotations

from tests.browser import people
from tests.browser.conftest import Open
from tests.review.deciding_house import DecidingHouse


def test_somebody_is_looked_up(opened: Open, house: DecidingHouse) -> None:
    people.collected(house, *people.one_person())
    page = opened().goes("/")
    page.get_by_role("searchbox").fill(people.MAILBOX)
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url("**/golden-contacts/*")
    assert "Yadav" in page.get_by_role("heading", level=1).inner_text()
    assert "example.com" not in page.url


def test_ten_questions_are_decided_by_keys(opened: Open, house: DecidingHouse) -> None:
    people.collected(house, *people.doubtful())
    before = len(house.waiting())
    page = opened().goes("/review/next")
    for key in "sdusdusdus":
        asked = page.url.partition("?")[0]
        page.keyboard.press(key)
        page.wait_for_function("asked => !location.href.startsWith(asked)", arg=asked)
    assert len(house.waiting()) == before - 10


def test_an_answer_is_taken_back_by_a_key(opened: Open, house: DecidingHouse) -> None:
    people.collected(house, *people.doubtful())
    page = opened().goes("/review/next")
    asked = page.url
    page.keyboard.press("s")
    page.wait_for_url("**?decided=*")
    page.keyboard.press("z")
    page.wait_for_url(asked)

"""Acts on a golden contact by its page, where nothing comes of them, and what a browser asks for anew."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.test_acts import MAILBOX
from tests.web.test_pages import hidden


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    for key in ("crm:1", "mail:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email=MAILBOX))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()


def sent(client: httpx.Client, golden_id: UUID, to: str, **fields: str) -> httpx.Response:
    given = {"form_token": hidden(client.get("/").text, "form_token"), **fields}
    return client.post(f"/golden-contacts/{golden_id}/{to}", data=given, follow_redirects=True)


def test_an_act_on_one_that_was_merged_meanwhile_leads_to_its_successor(
    client: httpx.Client, house: DecidingHouse
) -> None:
    first, second = house.golden("crm:1"), house.golden("crm:9")
    client.post(f"/v1/golden-contacts/{first}/join", json={"golden_contacts": [str(second)]})
    successor = house.golden("crm:1")
    [merged] = {first, second} - {successor}
    page = sent(client, merged, "preview", act="confirm")
    assert page.status_code == 200
    assert page.url.path == f"/golden-contacts/{successor}"
    assert "Nothing was done: the golden contact that you looked at was merged into this one" in page.text


@pytest.mark.parametrize("act", ["split", "apart"])
def test_a_split_without_a_tick_says_to_tick(client: httpx.Client, house: DecidingHouse, act: str) -> None:
    page = sent(client, house.golden("crm:1"), "preview", act=act)
    assert page.status_code == 422
    assert "Nothing was done: tick the source contacts that are somebody else" in page.text


def test_a_search_for_another_does_not_count_the_one_itself(
    client: httpx.Client, house: DecidingHouse
) -> None:
    page = sent(client, house.golden("crm:1"), "find", act="join", asked=MAILBOX)
    assert "Nobody else found." in page.text
    page = sent(client, house.golden("crm:1"), "find", act="join", asked="zw@example.com")
    assert "1 found." in page.text


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("/search", "/"),
        ("/golden-contacts/{golden}/find", "/golden-contacts/{golden}"),
        ("/golden-contacts/{golden}/preview", "/golden-contacts/{golden}"),
        ("/review/values/answer", "/review/values"),
    ],
)
def test_what_a_form_led_to_leads_to_the_page_above_when_a_browser_asks_for_it_anew(
    client: httpx.Client, house: DecidingHouse, address: str, above: str
) -> None:
    golden = str(house.golden("crm:1"))
    page = client.get(address.format(golden=golden), follow_redirects=True)
    assert page.status_code == 200
    assert page.url.path == above.format(golden=golden)

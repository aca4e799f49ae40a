"""The pages, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan <i>Marchetti</i>", email="jm@example.com", phone="+442079460018"),
        contact("mail:1", name="Jonathan Marchetti", email="jonathan@example.net"),
    )
    house.merges()


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)


def question(client: httpx.Client) -> tuple[str, str]:
    """The address of the question that matters most, and its page."""
    page = client.get("/review/next", follow_redirects=True)
    assert page.status_code == 200
    return page.url.path, page.text


def answer(client: httpx.Client, address: str, html: str, verdict: str) -> httpx.Response:
    fields = {"form_token": hidden(html, "form_token"), "seen": hidden(html, "seen"), "verdict": verdict}
    return client.post(f"{address}/decision", data=fields, follow_redirects=True)


def search(client: httpx.Client, asked: str) -> httpx.Response:
    fields = {"form_token": hidden(client.get("/").text, "form_token"), "asked": asked}
    return client.post("/search", data=fields, follow_redirects=True)


def test_home_tells_of_the_last_night_and_what_waits(client: httpx.Client) -> None:
    page = client.get("/").text
    assert "published" in page
    assert "question waits" in page
    assert "<dt>golden contacts now</dt>" in page


@pytest.mark.parametrize("asked", ["JM@example.com", "020 7946 0018", "crm:1"])
def test_a_search_leads_to_the_contact_with_the_source_of_each_value(opened: Open, asked: str) -> None:
    page = search(opened(default_region="GB"), asked)
    assert page.status_code == 200
    assert page.url.path.startswith("/golden-contacts/")
    assert "jm@example.com" in page.text
    assert "crm:1" in page.text
    assert "example.com" not in str(page.url)


def test_a_search_for_nothing_known_says_so(client: httpx.Client) -> None:
    assert "Nobody found" in search(client, "nobody@example.com").text
    refused = search(client, "neither this nor that")
    assert refused.status_code == 422
    assert "country code" in refused.text


def test_what_a_provider_sent_is_text_and_never_markup(client: httpx.Client, house: DecidingHouse) -> None:
    page = client.get(f"/golden-contacts/{house.golden_of('crm:1')}").text
    assert "<i>" not in page
    assert "Marchetti" in page


def test_a_question_is_answered_and_the_answer_can_be_taken_back(
    client: httpx.Client, house: DecidingHouse
) -> None:
    address, html = question(client)
    done = answer(client, address, html, "same")
    assert "Decided and published" in done.text
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    decision = re.search(r'href="(/decisions/[^"]+)"', done.text)
    assert decision
    shown = client.get(decision.group(1)).text
    fields = {"form_token": hidden(shown, "form_token"), "note": "a slip"}
    revoked = client.post(f"{decision.group(1)}/revoke", data=fields, follow_redirects=True)
    assert "a slip" in revoked.text
    assert house.golden_of("crm:1") != house.golden_of("mail:1")
    [row] = re.findall(r"<small>taken back .*?</small>", client.get("/decisions").text)
    assert "by <bdi>local</bdi>: a slip" in row


def test_news_since_the_page_was_opened_is_shown_and_nothing_decided(
    client: httpx.Client, house: DecidingHouse
) -> None:
    address, html = question(client)
    house.collected(contact("mail:1", name="Jonathan Marchetti", email="new@example.net"))
    refused = answer(client, address, html, "same")
    assert refused.status_code == 409
    assert "changed since you looked" in refused.text
    assert "new@example.net" in refused.text
    assert "Decided and published" in answer(client, address, refused.text, "same").text


def test_a_form_not_from_our_page_decides_nothing(client: httpx.Client, house: DecidingHouse) -> None:
    address, html = question(client)
    fields = {"seen": hidden(html, "seen"), "verdict": "same"}
    for forged in ({}, {"form_token": "0" * 64}):
        assert client.post(f"{address}/decision", data=fields | forged).status_code == 403
    token = {"form_token": hidden(html, "form_token")}
    with httpx.Client(base_url=client.base_url) as stranger:
        assert stranger.post(f"{address}/decision", data=fields | token).status_code == 403
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_the_waterfall_is_a_table_that_adds_up_for_readers_without_sight(client: httpx.Client) -> None:
    _, html = question(client)
    assert 'aria-hidden="true"' in html
    weights = re.findall(r'<td class="number">([+−][\d.]+)</td>', html)
    *steps, total, calibration, odds = [float(weight.replace("−", "-")) for weight in weights]
    assert sum(steps) == pytest.approx(total, abs=0.06 * len(steps))
    assert total + calibration == pytest.approx(odds, abs=0.12)


def test_two_contacts_are_explained(client: httpx.Client) -> None:
    page = client.get("/explain", params={"left": "crm:1", "right": "mail:1"}).text
    assert "Stopped at: link" in page
    assert "dedupe review show" not in page
    assert re.search(r'href="/review/[0-9a-f-]{36}">The question', page)
    refused = client.get("/explain", params={"left": "crm:1", "right": "x"})
    assert refused.status_code == 422
    assert "That names no contact" in refused.text


def test_two_contacts_are_explained_by_values_that_stay_out_of_addresses(client: httpx.Client) -> None:
    form_token = hidden(client.get("/explain").text, "form_token")
    fields = {"form_token": form_token, "left": "jm@example.com", "right": "nobody@example.com"}
    page = client.post("/explain", data=fields)
    assert "Stopped at: listed" in page.text
    assert "example.com" not in str(page.url)
    assert client.post("/explain", data={**fields, "form_token": "x"}).status_code == 403


def test_where_tokens_are_required_a_page_asks_for_one(
    opened: Open, token: Callable[..., dict[str, str]]
) -> None:
    client = opened(tokens_required=True)
    asked = client.get("/review", follow_redirects=True)
    assert asked.url.path == "/sign-in"
    secret = token(Scope.REVIEW)["Authorization"].removeprefix("Bearer ")
    fields = {"form_token": hidden(asked.text, "form_token"), "to": hidden(asked.text, "to")}
    assert client.post("/sign-in", data={**fields, "token": "wrong"}).status_code == 401
    signed_in = client.post("/sign-in", data={**fields, "token": secret}, follow_redirects=True)
    assert signed_in.url.path == "/review"
    assert "Ada" in signed_in.text
    cookie = client.post("/sign-in", data={**fields, "token": secret}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.post("/v1/lookup", json={"email": "a@example.com"}).status_code == 401
    out = client.post("/sign-out", data=fields, follow_redirects=True)
    assert out.url.path == "/sign-in"
    assert client.get("/review").status_code == 303


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(
    opened: Open, token: Callable[..., dict[str, str]], elsewhere: str
) -> None:
    client = opened(tokens_required=True)
    secret = token(Scope.REVIEW)["Authorization"].removeprefix("Bearer ")
    fields = {"form_token": hidden(client.get("/sign-in").text, "form_token"), "token": secret}
    assert client.post("/sign-in", data={**fields, "to": elsewhere}).headers["location"] == "/"


def test_a_wrong_address_is_a_page_for_people(client: httpx.Client) -> None:
    page = client.get("/golden-contacts/nonsense")
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/nowhere").status_code == 404


def test_scripts_and_styles_are_our_own(client: httpx.Client) -> None:
    page = client.get("/").text
    assert not re.search(r'(src|href)="https?:', page)
    assert " style=" not in page
    assert "<script>" not in page
    for path in ("/static/style.css", "/static/htmx.min.js", "/static/icon.svg"):
        assert client.get(path).status_code == 200


def test_a_question_shows_both_sides_aligned_and_how_many_wait(client: httpx.Client) -> None:
    _, html = question(client)
    assert "1 waits" in html
    verdicts = dict(re.findall(r'<tr data-verdict="([^"]+)">\s*<th scope="row">(\w+)</th>', html))
    assert "Phone" in {verdicts.get("left only"), verdicts.get("right only")}
    assert 'data-key="s"' in html


def test_a_question_shows_what_would_become_of_both(client: httpx.Client, house: DecidingHouse) -> None:
    address, _ = question(client)
    part = client.get(f"{address}/preview", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "keeps the id" in part.text
    assert "jm@example.com, jonathan@example.net" in part.text
    assert "Back to the question" in client.get(f"{address}/preview").text
    assert house.golden_of("crm:1") != house.golden_of("mail:1"), "nothing was done"


def test_an_answer_is_taken_back_from_the_page_that_follows_it(
    client: httpx.Client, house: DecidingHouse
) -> None:
    address, html = question(client)
    done = answer(client, address, html, "same")
    form = re.search(r'action="(/decisions/[^"]+/revoke)"', done.text)
    assert form
    fields = {"form_token": hidden(done.text, "form_token"), "question": hidden(done.text, "question")}
    back = client.post(form.group(1), data=fields, follow_redirects=True)
    assert back.url.path == address, "the question is asked again"
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_a_golden_contact_says_in_words_what_happened(client: httpx.Client, house: DecidingHouse) -> None:
    page = client.get(f"/golden-contacts/{house.golden_of('crm:1')}").text
    assert "because crm:1 is new here" in page


def test_back_leads_to_the_queue_and_never_to_what_was_answered(client: httpx.Client) -> None:
    _, html = question(client)
    assert '<a href="/review" data-key="b">' in html
    assert "history.back" not in client.get("/static/keys.js").text

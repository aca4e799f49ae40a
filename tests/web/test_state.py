"""The morning page and the API route behind it: is everything in order, and what isn't?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from dedupe.config import Settings
from dedupe.errors import LockHeld
from dedupe.golden.gate import GateLimits
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.wiring import rooms
from dedupe.wiring.operating import Operating, operating
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open

Token = Callable[..., dict[str, str]]


def state(client: httpx.Client) -> dict[str, object]:
    answer = client.get("/v1/state")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]*)"', page)
    assert found
    return found.group(1)


def two_nights(house: DecidingHouse) -> None:
    house.collected(contact("crm:1", name="Ada Byron", email="a@example.org"))
    house.merges()
    house.collected(contact("crm:2", name="Bo Lind", email="b@example.org"))
    house.merges()


@pytest.fixture
def held(house: DecidingHouse) -> UUID:
    """A night that the publish gate holds back, since a contact of two is gone."""
    house.settings = MergeSettings(limits=GateLimits(max_share_gone=0.1, fewest=1))
    house.collected(contact("crm:1", email="a@example.org"), contact("crm:2", email="b@example.org"))
    house.merges()
    house.vanished("crm:2")
    return UUID(house.merges().run_id)


def test_before_the_first_night_it_says_so(client: httpx.Client) -> None:
    found = state(client)
    assert (found["in_order"], found["sources"], found["nights"]) == (False, [], [])
    assert "dedupe nightly" in str(found["next_step"])
    page = client.get("/")
    assert page.status_code == 200
    assert "No night has run yet" in page.text


def test_two_nights_are_told_with_their_stages_and_charts(client: httpx.Client, house: DecidingHouse) -> None:
    two_nights(house)
    found = client.get("/v1/state").json()
    assert [night["golden_contacts"] for night in found["nights"]] == [2, 1]
    assert found["stages"]
    assert found["sources"][0] | {"latest": None} == {
        "name": "crm",
        "provider": "file",
        "configured": False,
        "held": False,
        "last_complete_at": None,
        "latest": None,
        "contacts": 2,
        "gone": 0,
        "rejected": 0,
        "quarantined": 0,
    }
    assert [one["what"] for one in found["findings"]] == [
        "How many golden contacts hold two people was never measured."
    ]
    page = client.get("/").text
    assert "By stage" in page
    part = client.get("/nights", headers={"HX-Request": "true"}).text
    assert part.count("<svg") == 4 - part.count("nothing")
    assert "<html" not in part
    assert 'aria-label="Golden contacts over 2 nights: from 1 to 2' in part
    whole = client.get("/nights").text
    assert "<html" in whole
    for forbidden in ("<style", "style=", "<script>", "onclick"):
        assert forbidden not in part, "the content security policy would drop it"


def test_what_the_report_has_is_not_counted_again(client: httpx.Client, house: DecidingHouse) -> None:
    """A million contacts cost the page nothing: they are told by the last night's report."""
    two_nights(house)
    with house.database.begin() as connection:
        connection.execute(text("DELETE FROM dedupe.contacts"))
        connection.execute(text("UPDATE dedupe.source_contacts SET gone_at = now(), gone_because = 'test'"))
    [source] = client.get("/v1/state").json()["sources"]
    assert (source["contacts"], source["gone"]) == (2, 2)
    assert client.get("/v1/sources").json()["sources"][0]["contacts"] == 0


def test_what_could_not_be_read_is_listed_by_key_and_reason(
    client: httpx.Client, house: DecidingHouse
) -> None:
    house.collected(
        contact("crm:1", name="Ada Byron", email="not an address"),
        contact("crm:2", name="Bo Lind", phone="12"),
        contact("crm:3", name="Cy Good", email="cy@example.org"),
    )
    house.merges()
    [source] = client.get("/v1/state").json()["sources"]
    assert source["rejected"] == 2
    first = client.get("/v1/sources/crm/rejected", params={"limit": 1}).json()
    rest = client.get("/v1/sources/crm/rejected", params={"after": first["after"]}).json()
    found = [(one["external_id"], one["field"]) for one in [*first["rejected"], *rest["rejected"]]]
    assert sorted(found) == [("1", "email"), ("2", "phone")]
    assert rest["after"] is None
    page = client.get("/sources/crm/rejected").text
    assert "crm:1" in page
    assert "not an address" not in page + str(first), "a value is never shown, only its reason"
    assert client.get("/v1/sources/none/rejected").status_code == 404
    assert 'href="/sources/crm/rejected"' in client.get("/").text


def test_what_was_set_aside_is_listed_with_its_place(
    opened: Open, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "crm.csv"
    file.write_text("record_id,name,email\n1,Ada,a@example.org\n2,Bo,b@example.org,too,many\n", "utf-8")
    source = {"provider": "file", "path": str(file)}
    settings = Settings.model_validate({"sources": {"crm": source}})
    client = opened(operating=operating(settings))
    collect(database, rooms.source_settings(settings), rooms.normalize_settings(settings), CollectOptions())
    [one] = client.get("/v1/state").json()["sources"]
    assert (one["quarantined"], one["latest"]["status"]) == (1, "complete")
    [line] = client.get("/v1/sources/crm/quarantined").json()["quarantined"]
    assert "3" in line["place"]
    page = client.get("/sources/crm/quarantined").text
    assert line["reason"] in page
    assert "b@example.org" not in page + str(line)


def test_a_night_that_is_held_back_is_published_from_the_page(
    opened: Open, house: DecidingHouse, held: UUID
) -> None:
    client = opened(operating=Operating(publish=lambda _, run_id: house.publishes(str(run_id))))
    home = client.get("/").text
    assert "held back" in home
    assert f'href="/held-runs/{held}"' in home
    shown = client.get(f"/held-runs/{held}").text
    assert "<dt>retire</dt>" in shown
    assert "<strong>1</strong>" in home
    done = client.post(
        f"/held-runs/{held}/publish", data={"form_token": form_token(shown)}, follow_redirects=True
    )
    assert done.status_code == 200
    assert "It was published" in done.text
    assert house.golden_of("crm:2") is None
    assert "held back" not in client.get("/").text


def test_why_a_night_could_not_be_published_is_said(opened: Open, house: DecidingHouse, held: UUID) -> None:
    def publish(_database: Database, _run_id: UUID) -> None:
        raise LockHeld("another night runs")

    client = opened(operating=Operating(publish=publish))  # type: ignore[arg-type]
    fields = {"form_token": form_token(client.get(f"/held-runs/{held}").text)}
    said = client.post(f"/held-runs/{held}/publish", data=fields, follow_redirects=True)
    assert "It was not published: another night runs." in said.text
    assert client.get("/v1/held-runs").json()["runs"]


def test_a_night_is_refused_from_the_page(client: httpx.Client, house: DecidingHouse, held: UUID) -> None:
    fields = {"form_token": form_token(client.get(f"/held-runs/{held}").text)}
    client.post(f"/held-runs/{held}/refuse", data=fields)
    assert client.get("/v1/held-runs").json() == {"runs": []}
    assert "It waits no longer" in client.get(f"/held-runs/{held}").text


def test_a_looker_sees_the_state_and_no_button(opened: Open, token: Token, held: UUID) -> None:
    client = opened(tokens_required=True)
    client.headers.update(token(Scope.LOOKUP))
    page = client.get("/").text
    assert "held back" in page
    assert "/held-runs/" not in page.replace(f'<a href="/held-runs/{held}">', "")
    assert client.get("/v1/state").status_code == 200
    for path in (f"/held-runs/{held}", "/sources/crm/rejected", "/v1/sources/crm/quarantined"):
        assert client.get(path).status_code == 403, path
    assert client.get(f"/held-runs/{uuid4()}").status_code == 403


def test_a_source_that_stands_still_is_told_first(
    opened: Open, database: Database, house: DecidingHouse
) -> None:
    two_nights(house)
    client = opened(operating=Operating(configured={"crm": "whippy"}))
    with database.begin() as connection:
        connection.execute(
            text(
                "UPDATE dedupe.sources SET provider = 'whippy', last_complete_at = now() - interval '3 days'"
            )
        )
    found = client.get("/v1/state").json()
    assert "crm was last fetched whole" in found["findings"][0]["what"]
    assert "stale" in client.get("/").text
    with database.begin() as connection:
        connection.execute(text("UPDATE dedupe.sources SET last_complete_at = now()"))
        connection.execute(
            text("""INSERT INTO dedupe.sync_runs (id, source_id, mode, status, reason, started_at)
                    SELECT gen_random_uuid(), id, 'full', 'failed', 'status 401', :now
                      FROM dedupe.sources"""),
            {"now": datetime.now(UTC)},
        )
    found = client.get("/v1/state").json()
    assert found["findings"][0]["kind"] == "wrong"
    assert "dedupe fetch crm" in found["next_step"]
    assert "status 401" in client.get("/").text

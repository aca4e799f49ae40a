"""Providers declared in TOML: the four pagings against the simulators, and the example of the manual."""

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dedupe.errors import ConfigurationError
from dedupe.fetchers.fetcher import Start
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.accounts import fingerprint
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import contacts
from tests.fetchers.scripted_provider import Answer, provider
from tests.pipeline.collecting_house import live, night, sources, stored, truth
from tests.pipeline.provider_dialects import DIALECTS, speaking

MANUAL = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"
MAPS = {"full_name": "name", "email": "email"}
DECLARED: dict[str, dict[str, Any]] = {
    "digital99": {
        "url": "http://x.example/api/v1/accounts/1/contacts",
        "auth": "header:api_access_token",
        "rows": "payload",
        "params": {"sort": "created_at"},
        "order": "created_at",
        "stable": True,
        "count": "meta.count",
        "volatile": ["availability_status", "last_activity_at", "thumbnail", "conversations_count"],
    },
    "whippy": {
        "url": "http://x.example/v1/contacts",
        "auth": "header:X-WHIPPY-KEY",
        "paging": "cursor",
        "next": "metadata.next_cursor",
        "size_param": "limit",
        "size": 25,
        "updated_at": "updated_at",
        "since_param": "updated_at[after]",
        "one": "/v1/contacts/{id}",
        "one_row": "data",
    },
    "whippy by offset": {
        "url": "http://x.example/v1/contacts",
        "auth": "header:X-WHIPPY-KEY",
        "paging": "offset",
        "size_param": "limit",
        "size": 25,
        "count": "total",
    },
    "askelephant": {
        "url": "http://x.example/api/v2/contacts",
        "paging": "cursor",
        "more": "has_more",
        "params": {"order_by": "updated_at:asc"},
    },
    "openmrp": {
        "url": "http://x.example/v1/messaging/contacts",
        "paging": "link",
        "next": "page_info.next_page_url",
        "params": {"limit": 5, "include[]": "role"},
        "volatile": ["avatar_url"],
    },
}
ALL = [*DECLARED, *DIALECTS]


@contextmanager
def declared(running, name) -> Iterator[tuple[Any, SourceSettings]]:
    """The provider, plain or in a dialect, and the source that is declared for it."""
    own = replace(
        sources(running)[0], name="declared", provider="sixth", mapping=MAPS, rate=None, max_gone=0.5
    )
    simulator = next(iter(running.values()))
    if name in DIALECTS:
        with speaking(name, simulator, own) as (dialect, speaking_own):
            yield dialect, speaking_own
    else:
        yield simulator, plain(simulator, name, own)


def plain(simulator: Any, name: str, own: SourceSettings) -> SourceSettings:
    options = {"backoff": 0.01, **DECLARED[name], "limit": 10_000}
    if simulator.provider == "digital99":
        options["url"] = simulator.url + f"/api/v1/accounts/{own.account_id}/contacts"
    return replace(own, options=options)


@pytest.mark.parametrize("name", ALL)
def test_a_declared_provider_is_walked_to_its_end(database, name):
    with (
        simulate(population(60, seed=2), [name.split()[0]]) as running,
        declared(running, name) as (simulator, own),
    ):
        assert night(database, [own])["declared"].status == "complete"
        assert stored(database, own) == truth(simulator, own)
        simulator.delete(next(iter(live(database, "declared"))))
        simulator.insert()
        for _ in range(2):
            report = night(database, [own], full=True)["declared"]
        assert report.status == "complete"
        assert stored(database, own) == truth(simulator, own)


@pytest.mark.parametrize("fault", ["truncated", "page-ignored", "failing", "duplicated", "dropped"])
@pytest.mark.parametrize("name", ["whippy", "openmrp"])
def test_the_guards_are_the_same(database, name, fault):
    with simulate(population(60, seed=2), [name]) as running, declared(running, name) as (simulator, own):
        simulator.faults.set([fault])
        report = night(database, [own], full=True)["declared"]
        assert report.status == ("failed" if fault == "page-ignored" else "complete")
        simulator.faults.set([])
        assert night(database, [own], full=True)["declared"].status == "complete"
        assert stored(database, own) == truth(simulator, own)


@pytest.mark.parametrize("name", ["whippy", "whippy by POST"])
def test_an_incremental_night_asks_for_what_changed(database, name):
    with simulate(population(60, seed=2), ["whippy"]) as running, declared(running, name) as (whippy, own):
        night(database, [own])
        whippy.rename(whippy.ids()[0], "Somebody Else")
        report = night(database, [own])["declared"]
        assert (report.mode, report.changed) == ("incremental", 1)


def test_the_example_of_the_manual(database):
    text = MANUAL.read_text(encoding="utf-8")
    toml = tomllib.loads(
        next(block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "acme" in block)
    )
    person = json.loads(re.findall(r"```json\n(.*?)```", text, re.S)[0])["people"][0]
    people = [{**person, "uid": uid} for uid in range(1, 121)]

    def answer(path: str) -> Answer:
        query = parse_qs(urlsplit(path).query)
        start = (int(query["page"][0]) - 1) * int(query["per_page"][0])
        return Answer(json.dumps({"meta": {"total": 120}, "people": people[start : start + 50]}))

    with provider(answer) as said:
        section = toml["sources"]["acme"]
        own = SourceSettings(
            "acme",
            section["provider"],
            base_url=said.url,
            secrets={"token": "t"},
            default_region=section["default_region"],
            options=section["options"],
            mapping=section["map"],
            rate=1000,
        )
        settings = NormalizeSettings(default_region={"acme": "US"})
        report = collect(database, [own], settings, CollectOptions()).sources[0]
        assert (report.status, report.new) == ("complete", 120)
        assert said.requests[0][1]["authorization"] == "Bearer t"
    with database.connect() as connection:
        row = contacts.live(connection).table.slice(0, 1).to_pylist()[0]
    assert [one["value"] for one in row["phones"]] == ["+12025550123"]
    assert [one["unique"] for one in row["identifiers"]] == [True]
    assert row["custom"] == '{"tags":"vip"}'


def test_a_built_in_provider_takes_more_mappings():
    mapping = {"identifier:erp:unique": "custom_attributes.erp", "phone": "custom_attributes.phones[]"}
    own = SourceSettings("helpdesk", "digital99", mapping=mapping)
    payload = {"phone_number": "1", "custom_attributes": {"erp": 7, "phones": ["2", None, 3]}}
    given = fetcher_for(own).read(payload)
    assert given["identifiers"] == [{"namespace": "erp", "given": "7", "unique": True}]
    assert [one["given"] for one in given["phones"]] == ["1", "2", "3"]


def test_a_mapping_may_say_where_a_value_comes_from():
    own = SourceSettings("chat", "digital99", mapping={"phone:channel": "wa", "email": "mail"})
    given = fetcher_for(own).read({"wa": "+12025550123", "mail": "a@x.org"})
    assert given["phones"] == [{"given": "+12025550123", "attested": "channel"}]
    assert given["emails"] == [{"given": "a@x.org"}]
    with pytest.raises(ConfigurationError, match="phone:robot"):
        fetcher_for(replace(own, mapping={"phone:robot": "wa"}))


@pytest.mark.parametrize("paging", ["cursor", "link"])
def test_a_list_that_is_cut_is_incomplete_and_buries_nobody(database, paging):
    cut = False

    def answer(path: str) -> Answer:
        start = int(parse_qs(urlsplit(path).query).get("start", ["0"])[0])
        told: dict[str, Any] = {"data": [{"id": key} for key in range(start, min(start + 20, 55))]}
        following = start + 20 if start + 20 < 55 else None
        if not cut:
            told["next"] = f"/people?start={following}" if following and paging == "link" else following
        return Answer(json.dumps(told))

    with provider(answer) as said:
        options = {"url": said.url + "/people", "paging": paging, "cursor_param": "start", "next": "next"}
        own = SourceSettings("crm", "acme", options=options, mapping=MAPS, secrets={"token": "t"}, rate=1000)
        assert night(database, [own])["crm"].status == "complete"
        cut = True
        for _ in range(2):
            report = night(database, [own])["crm"]
            assert (report.status, report.gone) == ("incomplete", 0)
            assert 'options.end = "absent"' in str(report.reason)
        assert len(live(database, "crm")) == 55


def test_rows_without_an_id_leave_a_walk_incomplete(database):
    answer = Answer(json.dumps({"data": [{"id": 1}, {"id": [1]}, {"name": "x"}]}))
    with provider(answer) as said:
        options = {"url": said.url + "/people", "paging": "none"}
        own = SourceSettings("crm", "acme", options=options, mapping=MAPS, secrets={"token": "t"}, rate=1000)
        report = night(database, [own])["crm"]
    assert (report.status, report.quarantined, report.new) == ("incomplete", 2, 1)


def test_accounts_at_two_addresses_are_two():
    one = SourceSettings("a", "acme", options={"url": "https://a.example.org/people", "auth": "none"})
    other = replace(one, options={**one.options, "url": "https://a.example.org/people?tenant=7"})
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("name", ["digital99", "openmrp"])
def test_a_walk_that_began_before_an_upgrade_begins_anew(database, name):
    before = {"at": 3, "next": [["cursor", "x"]], "since": None, "ids": ["1"], "ordered": True, "pages": 2}
    with simulate(population(60, seed=2), [name]) as running, declared(running, name) as (simulator, own):
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            pages = list(fetcher.fetch(api, Start(cursor=before)))
        seen = {fetcher.external_id(one) for page in pages for one in page.payloads}
        assert seen == truth(simulator, own).keys()


def test_every_mistake_in_a_declaration_is_said_at_once():
    options = {"url": "acme", "paging": "pages", "auth": "secret", "rows": "a[", "speed": 1}
    own = SourceSettings("acme", "acme", options=options, mapping={"fullname": "name", "email": "a["})
    with pytest.raises(ConfigurationError) as error:
        fetcher_for(own)
    keys = [
        "options.speed",
        "options.url",
        "options.paging",
        "options.auth",
        "options.rows",
        "fullname",
        "map.email",
    ]
    assert [key for key in keys if key not in str(error.value)] == []


def test_two_accounts_of_one_provider_stand_side_by_side(database):
    with (
        simulate(population(30, seed=1), ["whippy"]) as one,
        simulate(population(20, seed=2), ["whippy"]) as two,
    ):
        here = replace(sources(one)[0], name="north")
        there = replace(sources(two)[0], name="south")
        reports = night(database, [here, there])
        assert {report.status for report in reports.values()} == {"complete"}
        assert stored(database, here) == truth(one["whippy"], here)
        assert stored(database, there) == truth(two["whippy"], there)

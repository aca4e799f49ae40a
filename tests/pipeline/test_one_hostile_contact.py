"""Whatever one contact does, it alone is set aside: the others of its source arrive, over real HTTP."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from dedupe.fetchers import limits
from dedupe.fetchers.healthcheck import checkup
from dedupe.model import Attested
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.erasure import erase
from dedupe.simulators.population.records import PROVIDERS
from dedupe.storage import contacts as stored_contacts
from tests.pipeline.collecting_house import count, live, night
from tests.pipeline.handmade_pages import contact, holding
from tests.pipeline.text_search import held

KEY = b"the key of the hashes"
GOOD = [(f"{n}00", f"a{n}@example.org") for n in range(1, 4)]
LONG_ID = "".join(chr(33 + n * 7919 % 90) for n in range(10_000))
UNFIT = {
    "deep": ('{"id": "deep", "more": %s}' % ("[" * 500 + "]" * 500), "nested"),
    "deeper": ('{"id": "deeper", "more": %s}' % ('{"a":' * 100_000 + "1" + "}" * 100_000), "nested"),
    "deepest": ("[" * 100_000 + "]" * 100_000, "nested"),
    "long id": (json.dumps({"id": LONG_ID}), "longer than 1000 bytes"),
    "NUL": ('{"id": "a\\u0000b"}', "NUL"),
    "half a letter": ('{"id": "a\\ud800b"}', "NUL"),
    "large": ('{"id": "large", "note": "%s"}' % ("x" * 300_000), "larger than 4 MB"),
    "no id": ('{"email": "nobody@example.org"}', "no id"),
}
ODD = [
    '{"id": 7, "id": "odd-1", "size": NaN, "most": -Infinity, "many": 1e999}',
    '{"id": "odd-2", "email": %s, "updated_at": %s, "created_at": -%s}' % (("9" * 5000,) * 3),
    '{"id": "odd-3", "birth_date": {"day": "²", "month": "²", "year": "٢"}}',
    '{"id": "odd-4", "birth_date": {"day": "%s", "month": 5, "year": 1}}' % ("1" * 5000),
    '{"id": "odd-5", "name": "%s", "email": "%s@example.org"}' % (("long" * 25_000,) * 2),
    '{"id": "odd-6", "updated_at": "0001-01-01T00:00:00Z", "created_at": "9999-12-31T23:59:59-14:00"}',
    '{"id": "odd-7", "email": ["\\u0000", ["a\\ud800@example.org"]], "name": {"first": []}}',
    '{"id": "odd-8", "": {"": [[[[{}]]]]}, "emails": {"email": 5}, "contact_inboxes": [[], 5, {"inbox": 7}]}',
]


def odd(provider: str) -> list[str]:
    """Odd contacts that have an id; openmrp's are people, so that they are read like the others."""
    return [one.replace("{", '{"type": "user", ', 1) if provider == "openmrp" else one for one in ODD]


def good(provider: str) -> list[str]:
    return [contact(provider, key, email) for key, email in GOOD]


def emails(database) -> set[str]:
    with database.connect() as connection:
        rows = stored_contacts.live(connection).table.to_pylist()
    return {item["value"] for row in rows for item in row["emails"] or ()}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_those_that_can_not_be_stored_are_set_aside_and_the_others_arrive(database, provider, monkeypatch):
    monkeypatch.setattr(limits, "LARGEST", 250_000)  # megabytes over HTTP only take time
    first, *rest = good(provider)
    with holding(provider, [first, *(one for one, _ in UNFIT.values()), *rest]) as own:
        report = night(database, [own])[provider]
    assert (report.new, report.quarantined, report.bugs) == (len(GOOD), len(UNFIT), 0)
    assert not report.failed
    assert live(database, provider).keys() == {key for key, _ in GOOD}
    assert emails(database) == {email for _, email in GOOD}
    for _, reason in UNFIT.values():
        assert any(reason in told for told in report.aside)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_odd_values_cost_no_contact(database, provider):
    with holding(provider, [*good(provider), *odd(provider)]) as own:
        for _ in range(2):  # the second night goes on from what the first has learned
            report = night(database, [own])[provider]
            assert (report.quarantined, report.bugs, report.failed) == (0, 0, False)
    assert live(database, provider).keys() == {key for key, _ in GOOD} | {f"odd-{n}" for n in range(1, 9)}
    assert count(database, "contacts") == len(GOOD) + len(ODD)
    assert emails(database) >= {email for _, email in GOOD}


@pytest.mark.parametrize("provider", ["whippy", "askelephant"])
def test_a_source_that_changed_in_the_year_one_is_fetched_the_second_night_too(database, provider):
    rows = [
        f'{{"id": "{n}", "updated_at": "{year}-01-01T00:00:00Z"}}' for n, year in enumerate(["0001", "9999"])
    ]
    with holding(provider, rows) as own:
        for _ in range(2):
            assert not night(database, [own])[provider].failed
    assert live(database, provider).keys() == {"0", "1"}


def test_one_who_can_be_stored_no_longer_stays_as_he_was(database):
    """What is sent of him today is no proof that he is gone."""
    before, after = good("livedesk"), good("livedesk")
    after[1] = after[1].replace("{", '{"more": %s, ' % ("[" * 500 + "]" * 500), 1)
    with holding("livedesk", before) as own:
        night(database, [own])
    for _ in range(2):
        with holding("livedesk", after) as own:
            report = night(database, [own])["livedesk"]
        assert (report.status, report.quarantined, report.missing, report.gone) == ("complete", 1, 0, 0)
    assert live(database, "livedesk").keys() == {key for key, _ in GOOD}


@pytest.mark.parametrize("provider", ["whippy", "askelephant"])
@pytest.mark.parametrize("row", [UNFIT["deepest"][0], '{"more": %s}' % ("[" * 500 + "]" * 500)])
def test_one_nested_so_deep_that_it_shows_no_id_leaves_the_walk_incomplete(database, provider, row):
    """It may be a contact that would seem absent."""
    with holding(provider, good(provider)) as own:
        night(database, [own])
    for _ in range(2):
        with holding(provider, [*good(provider)[1:], row]) as own:
            own = replace(own, options={**own.options, "full_walk": "always"})
            report = night(database, [own])[provider]
        assert (report.status, report.gone, report.missing) == ("incomplete", 0, 1)
    assert live(database, provider).keys() == {key for key, _ in GOOD}


def test_what_is_never_stored_is_not_kept_of_those_set_aside_either(database):
    row = '{"id": "1", "secret": "Ann Lee", "more": %s}' % ("[" * 500 + "]" * 500)
    with holding("livedesk", [row]) as own:
        night(database, [replace(own, never_store=("secret",))])
    with database.connect() as connection:
        content = connection.execute(text("SELECT content FROM dedupe.quarantine")).scalar_one()
    assert b"Ann" not in bytes(content)
    assert json.loads(bytes(content))["id"] == "1"


def erased_200(database, own) -> None:
    night(database, [own], erasure_key=KEY)
    assert erase(database, NormalizeSettings(), KEY, ["whippy:200"]).contacts == 1


def test_an_erased_person_who_comes_back_nested_too_deeply_leaves_nothing(database):
    with holding("whippy", good("whippy")) as own:
        erased_200(database, own)
    row = '{"id": "200", "name": "Ann Lee", "more": %s}' % ("[" * 500 + "]" * 500)
    rows = [*good("whippy")[::2], row, *(one for one, _ in UNFIT.values())]
    with holding("whippy", rows) as own:
        report = night(database, [own], full=True, erasure_key=KEY)["whippy"]
    assert (report.failed, report.bugs, report.erased) == (False, 0, 1)
    assert held(database, "Ann Lee") == set()


def test_of_whom_a_bug_lets_nobody_tell_whether_he_was_erased_is_not_stored(database, bug_on_one):
    with holding("whippy", good("whippy")) as own:
        erased_200(database, own)
    bug_on_one("read")
    rows = [*good("whippy"), contact("whippy", "400", "a4@example.org")]
    with holding("whippy", rows) as own:
        report = night(database, [own], full=True, erasure_key=KEY)["whippy"]
    assert (report.bugs, report.failed) == (1, True)
    assert live(database, "whippy").keys() == {"100", "300", "400"}


@pytest.fixture
def bug_on_one(monkeypatch):
    """`read` and `changed_at` of whippy raise on one contact, with its values in the error."""

    def broken(name: str) -> None:
        from dedupe.fetchers.providers.whippy import Whippy

        whole = getattr(Whippy, name)

        def raises(self, payload):
            if payload.get("id") == "200":
                raise KeyError(payload["email"])
            return whole(self, payload)

        monkeypatch.setattr(Whippy, name, raises)

    return broken


@pytest.mark.parametrize("where", ["read", "changed_at"])
def test_a_bug_of_ours_on_one_contact_is_told_loudly_and_the_others_arrive(database, bug_on_one, where):
    bug_on_one(where)
    with holding("whippy", good("whippy")) as own:
        report = night(database, [own])["whippy"]
    assert (report.status, report.failure, report.bugs) == ("failed", "KeyError", 1)
    assert "1 contacts were set aside by a bug of ours, in dedupe." in str(report.reason)
    assert "example.org" not in json.dumps(report.content())
    assert emails(database) == {"a1@example.org", "a3@example.org"}


def test_a_contact_set_aside_by_a_bug_comes_once_the_bug_is_mended(database, bug_on_one, monkeypatch):
    with holding("whippy", good("whippy")) as own:
        bug_on_one("changed_at")
        night(database, [own])
        monkeypatch.undo()
        assert night(database, [own])["whippy"].status == "complete"
    assert emails(database) == {email for _, email in GOOD}


def test_a_paused_source_that_fails_to_be_read_is_told(database, bug_on_one):
    with holding("whippy", good("whippy")) as own, holding("livedesk", []) as other:
        night(database, [own])
        bug_on_one("read")
        with database.begin() as connection:
            connection.execute(text("UPDATE dedupe.contacts SET reader_version = 'older'"))
        reports = night(database, [other])
    assert reports["whippy"].failed
    assert reports["livedesk"].status == "complete"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_doctor_says_how_many_would_be_set_aside(provider):
    rows = [UNFIT["deep"][0], UNFIT["long id"][0], *good(provider)]
    with holding(provider, rows) as own:
        found = checkup(own)
    assert found.works
    told = [one for one in found.advice if "would be set aside" in one]
    assert [one.split(":")[0] for one in told] == ["1 of 5 contacts would be set aside"] * 2


def test_doctor_goes_on_after_a_bug_and_tells_its_place(bug_on_one):
    bug_on_one("read")
    with holding("whippy", good("whippy")) as own:
        found = checkup(own)
    assert not found.works
    assert "a bug of ours, in dedupe." in found.advice[-1]
    assert "example.org" not in str(found)


def test_a_number_that_a_channel_carries_is_attested_over_http(database):
    row = (
        '{"id": 1, "contact_inboxes": [{"source_id": "4915112345678", '
        '"inbox": {"channel_type": "Channel::Whatsapp"}}]}'
    )
    with holding("digital99", [row]) as own:
        night(database, [own])
    with database.connect() as connection:
        [found] = stored_contacts.live(connection).table.to_pylist()
    assert [(one["value"], one["attested"]) for one in found["phones"]] == [
        ("+4915112345678", Attested.CHANNEL.value)
    ]

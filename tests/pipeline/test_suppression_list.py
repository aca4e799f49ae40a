"""Somebody is forgotten, and stays so whatever the providers send."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from dedupe.errors import ConfigurationError, LockHeld, NotFound
from dedupe.fetchers.given import given_table
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.pipeline.erasure import Keep, Purged, erase, purge
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.suppression_list import spellings
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import contacts
from tests.pipeline.collecting_house import count, live, night, sources

KEY = b"the key of the hashes"
SETTINGS = NormalizeSettings()
TIMES = {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
ANN = {"name": "Ann Lee", "email": "Ann.Lee@gmail.com", "phone": "+12025550123", **TIMES}


@pytest.fixture
def whippy():
    with simulate(population(60, seed=7), ["whippy"]) as running:
        running["whippy"].insert({"id": "00000000-0000-0000-0000-000000000001", **ANN})
        yield running["whippy"], sources(running)[0]


def collected(database, own, **options):
    return night(database, [own], full=True, erasure_key=KEY, **options)["whippy"]


def in_storage(database, what: str) -> int:
    """How many rows of raw, normalized contacts, ids or pages seen hold the text."""
    query = text("""
        SELECT (SELECT count(*) FROM dedupe.source_contact_versions WHERE payload::text LIKE :it)
             + (SELECT count(*) FROM dedupe.contacts WHERE content::text LIKE :it)
             + (SELECT count(*) FROM dedupe.source_contacts WHERE external_id LIKE :it)
             + (SELECT count(*) FROM dedupe.sync_pages WHERE external_ids::text LIKE :it)""")
    with database.connect() as connection:
        return int(connection.execute(query, {"it": f"%{what}%"}).scalar_one())


def test_a_phone_whose_country_nobody_tells_names_nobody_who_was_erased():
    """Strangers in other countries have its digits."""
    [row] = normalize(
        given_table([("crm", "1", {"phones": [{"given": "0151 12345678"}]})]), SETTINGS
    ).to_pylist()
    [phone] = row["phones"]
    assert phone["keys"]
    assert spellings(phone) == []


def test_an_erased_source_contact_leaves_nothing_and_does_not_come_back(database, whippy):
    simulator, own = whippy
    collected(database, own)
    before = len(live(database, "whippy"))
    done = erase(database, SETTINGS, KEY, ["whippy:00000000-0000-0000-0000-000000000001"])
    assert done.contacts == 1
    assert in_storage(database, "00000000-0000-0000-0000-000000000001") == 0
    assert in_storage(database, "Ann Lee") == 0
    simulator.rename("00000000-0000-0000-0000-000000000001", "Ann Lee-Smith")
    for _ in range(2):
        report = collected(database, own)
        assert (report.status, report.erased, report.new) == ("complete", 1, 0)
    assert len(live(database, "whippy")) == before - 1
    assert in_storage(database, "Ann Lee") == 0
    assert "1 contacts of erased people were not stored" in report.notes


@pytest.mark.parametrize("known_by", ["annlee@gmail.com", "+1 (202) 555-0123"])
def test_an_erased_address_or_number_is_kept_out_of_every_source(database, whippy, tmp_path, known_by):
    simulator, own = whippy
    collected(database, own)
    assert erase(database, SETTINGS, KEY, [known_by]).contacts == 1
    simulator.insert({"id": "00000000-0000-0000-0000-000000000002", **ANN, "name": "Somebody"})
    assert collected(database, own).erased == 2
    path = tmp_path / "people.csv"
    path.write_text("id,name,email,phone\n1,A. Lee,ann.lee+x@gmail.com,+12025550123\n2,Bo,bo@x.org,\n")
    [report] = import_file(database, path, SETTINGS, "list", erasure_key=KEY)
    assert (report.erased, report.new) == (1, 1)
    assert list(live(database, "list")) == ["2"]
    assert in_storage(database, "Lee") == 0


def test_without_the_key_or_with_another_one_nothing_is_fetched(database, whippy):
    _, own = whippy
    collected(database, own)
    erase(database, SETTINGS, KEY, ["ann.lee@gmail.com"])
    with pytest.raises(ConfigurationError, match="would come back"):
        night(database, [own])
    with pytest.raises(ConfigurationError, match="another key"):
        night(database, [own], erasure_key=b"another")


def test_nobody_is_erased_while_a_source_is_walked(database, whippy):
    _, own = whippy
    collected(database, own)
    with database.lock("source whippy"), pytest.raises(LockHeld):
        erase(database, SETTINGS, KEY, ["ann.lee@gmail.com"])


@pytest.mark.parametrize("what", ["whippy:nobody", "nobody", "1234"])
def test_what_names_nobody_erases_nobody(database, whippy, what):
    _, own = whippy
    collected(database, own)
    with pytest.raises(NotFound):
        erase(database, SETTINGS, KEY, ["ann.lee@gmail.com", what])
    assert count(database, "erasures") == 0
    assert in_storage(database, "Ann Lee") > 0


def test_the_raw_of_a_contact_goes_when_it_has_been_gone_for_long(database, whippy):
    simulator, own = whippy
    own = replace(own, max_gone=0.5)
    collected(database, own)
    simulator.delete("00000000-0000-0000-0000-000000000001")
    assert collected(database, own).gone == 1
    seeds = count(database, "source_contacts")
    assert purge(database, Keep(gone=timedelta(days=30))) == Purged()
    moved(database, datetime.now(UTC) - timedelta(days=31))
    assert purge(database, Keep(gone=timedelta(days=30))) == Purged(contacts=1)
    assert in_storage(database, "Ann Lee") == 0
    assert count(database, "source_contacts") == seeds
    simulator.insert({"id": "00000000-0000-0000-0000-000000000001", **ANN})
    report = collected(database, own)
    assert (report.revived, report.new) == (1, 0)
    assert live(database, "whippy")["00000000-0000-0000-0000-000000000001"]["name"] == "Ann Lee"
    with database.connect() as connection:
        assert contacts.live(connection).table.num_rows == len(live(database, "whippy"))


def moved(database, moment: datetime) -> None:
    """Tombstones as if they had been set at that moment."""
    with database.begin() as connection:
        query = text("UPDATE dedupe.source_contacts SET gone_at = :at WHERE gone_at IS NOT NULL")
        connection.execute(query, {"at": moment})

"""A provider that sends one id with several contents: each is kept as sent, the last one is current."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dedupe.fetchers.providers.whippy import Whippy
from dedupe.simulators.population.records import PROVIDERS
from dedupe.storage import raw_tables, source_contacts, sources
from dedupe.storage.source_contacts import RawContact
from tests.pipeline.collecting_house import live, night
from tests.pipeline.handmade_pages import contact, holding
from tests.pipeline.test_one_hostile_contact import KEY, erased_200, good


def versions(database, external_id: str) -> list[str]:
    """Every payload that is stored of a contact, the oldest first."""
    query = text("""
        SELECT v.payload::text FROM dedupe.source_contact_versions v
        JOIN dedupe.source_contacts c ON c.id = v.source_contact_id
        WHERE c.external_id = :id ORDER BY v.id""")
    with database.connect() as connection:
        return list(connection.execute(query, {"id": external_id}).scalars())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_two_contents_of_one_id_on_one_page_are_two_versions(database, provider):
    first, last = (contact(provider, "1", f"{name}@example.org") for name in ("ann", "bo"))
    with holding(provider, [first, contact(provider, "2", "cy@example.org"), last]) as own:
        report = night(database, [own])[provider]
        again = night(database, [own], full=True)[provider]
    assert versions(database, "1") == [first, last]
    assert (report.new, report.changed) == (2, 1)
    assert (again.new, again.changed) == (0, 0), "the same two contents are no news the second night"
    assert "bo@example.org" in str(live(database, provider)["1"])


def test_of_two_contents_the_last_is_current_though_it_was_stored_before_the_other(database):
    ann, bo, cy = (contact("whippy", "1", f"{name}@example.org") for name in ("ann", "bo", "cy"))
    for sent in ([ann, bo], [cy, bo], [bo, ann]):
        with holding("whippy", sent) as own:
            night(database, [own], full=True)
    assert versions(database, "1") == [ann, bo, cy, bo, ann]


def test_a_content_that_a_bug_keeps_out_costs_no_other_content_of_its_id(database, monkeypatch):
    """Where people were erased, each content is read before it is stored."""
    with holding("whippy", good("whippy")) as own:
        erased_200(database, own)
    read = Whippy.read

    def with_a_bug(self, payload):
        if payload.get("email") == "bug@example.org":
            raise KeyError
        return read(self, payload)

    monkeypatch.setattr(Whippy, "read", with_a_bug)
    kept, lost = contact("whippy", "400", "a4@example.org"), contact("whippy", "400", "bug@example.org")
    with holding("whippy", [kept, lost, lost.replace("1700000000", "1800000000")]) as own:
        report = night(database, [own], full=True, erasure_key=KEY)["whippy"]
    assert versions(database, "400") == [kept]
    assert report.quarantined == 2


def by_columns(connection, source_id, run_id, contacts, observed_at):
    rows = [dict(zip(raw_tables.RAW.names, one, strict=True)) for one in contacts]
    raw = pa.Table.from_pylist(rows, schema=raw_tables.RAW)
    return raw_tables.store(connection, source_id, run_id, raw, observed_at).counts


@pytest.mark.parametrize("store", [source_contacts.store, by_columns])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("abc")), max_size=6), max_size=4))
def test_whatever_is_sent_is_kept_and_the_last_is_current(database, store, batches):
    with database.begin() as connection:
        source = sources.ensure(connection, "crm", "whippy")
        connection.execute(text("TRUNCATE dedupe.source_contacts CASCADE"))
        for batch in batches:
            raw = [RawContact(key, f'"{content}"', content.encode()) for key, content in batch]
            would = source_contacts.count_changes(connection, source.id, raw)
            stored = store(connection, source.id, None, raw, datetime.now(UTC))
            assert would == stored
            assert stored.new + stored.changed + stored.same == len(batch)
            again = store(connection, source.id, None, raw, datetime.now(UTC))
            assert (again.new, again.changed, again.same) == (0, 0, len(batch))
            kept = connection.execute(
                text("""SELECT c.external_id, array_agg(v.payload #>> '{}' ORDER BY v.id) AS contents
                        FROM dedupe.source_contact_versions v
                        JOIN dedupe.source_contacts c ON c.id = v.source_contact_id GROUP BY 1""")
            )
            contents = {row.external_id: row.contents for row in kept}
            for key, last in dict(batch).items():
                assert {content for id, content in batch if id == key} <= set(contents[key])
                assert contents[key][-1] == last

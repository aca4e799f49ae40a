"""The index of match keys on real Postgres: who holds a key, before and after changes, and when it can't be
used."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from dedupe.errors import IndexUnusable
from dedupe.matching.blocking.match_keys import MATCH_KEYS
from dedupe.storage import match_index, match_index_writing, tables
from dedupe.storage.database import Database
from dedupe.storage.forgotten_keys import forget
from dedupe.storage.match_index_pages import (
    ContactPage,
    bits_for,
    contact_pages,
    key_pages,
    pages_of,
    rows_of,
)

Keys = Mapping[str, list[int]]
ANNA, BERT, CARA = (str(uuid.UUID(int=number << 64)) for number in (1, 2, 3))
KEYS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1])


@given(st.lists(st.tuples(st.integers(0, 50), KEYS)), st.integers(0, 7), st.sets(KEYS))
def test_every_key_is_found_in_its_page(held: list[tuple[int, int]], bits: int, some: set[int]) -> None:
    numbers, keys = (np.array([row[side] for row in held], dtype=np.int64) for side in (0, 1))
    pages = dict(key_pages(numbers, keys, bits))
    assert sorted(pages) == list(range(1 << bits))
    for asked in (set(keys.tolist()), some):
        wanted = np.array(sorted(asked), dtype=np.int64)
        theirs = [pages[page] for page in np.unique(pages_of(wanted, bits)).tolist()]
        found = {(int(number), int(key)) for key, number in zip(*rows_of(theirs, wanted), strict=True)}
        assert found == {row for row in held if row[1] in asked}


@given(st.lists(st.lists(KEYS, max_size=4), min_size=1, max_size=300))
def test_every_contact_finds_its_keys(keys_of: list[list[int]]) -> None:
    ids = np.array([number.to_bytes(16, "big") for number in range(1, len(keys_of) + 1)], dtype="S16")
    numbers = np.repeat(np.arange(len(keys_of)), [len(keys) for keys in keys_of])
    keys = np.array([key for keys in keys_of for key in keys], dtype=np.int64)
    found: list[list[int]] = [[] for _ in keys_of]
    for _, _, some, content in contact_pages(ids, numbers, keys):
        for place, key in zip(*ContactPage.read(some, content).of(ids), strict=True):
            found[place].append(int(key))
    assert found == [sorted(keys) for keys in keys_of]


def test_a_page_holds_about_a_thousand_keys_however_many_there_are() -> None:
    assert [bits_for(keys) for keys in (0, 1, 1024, 1025, 25_000_000)] == [0, 0, 0, 1, 15]


def test_holders_are_those_of_today(connection: Connection) -> None:
    live(connection, ANNA, BERT, CARA)
    rebuilt(connection, {ANNA: [3, 8], BERT: [8], CARA: []})
    put(connection, {BERT: [3], CARA: [8]})
    assert holders(connection, 3, 8) == {(3, ANNA), (3, BERT), (8, ANNA), (8, CARA)}
    assert keys_of(connection, ANNA, BERT, CARA) == {(3, ANNA), (8, ANNA), (3, BERT), (8, CARA)}


def test_who_is_gone_holds_nothing(connection: Connection) -> None:
    live(connection, ANNA, BERT)
    rebuilt(connection, {ANNA: [8], BERT: [8]})
    connection.execute(tables.contacts.delete().where(tables.contacts.c.source_contact_id == BERT))
    assert holders(connection, 8) == {(8, ANNA)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([ANNA, BERT, CARA]), st.lists(KEYS, max_size=5)),
    st.lists(st.dictionaries(st.sampled_from([ANNA, BERT, CARA]), st.lists(KEYS, max_size=5))),
)
def test_kept_current_it_is_equal_to_one_made_anew(
    database: Database, first: dict[str, list[int]], changes: list[dict[str, list[int]]]
) -> None:
    with database.connect() as connection:
        live(connection, ANNA, BERT, CARA)
        rebuilt(connection, first)
        now = dict(first)
        for change in changes:
            put(connection, change)
            now |= change
        kept = keys_of(connection, ANNA, BERT, CARA)
        wanted = {key for keys in now.values() for key in keys}
        found = holders(connection, *wanted)
        rebuilt(connection, now)
        assert kept == keys_of(connection, ANNA, BERT, CARA)
        assert found == holders(connection, *wanted) == kept


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([ANNA, BERT, CARA]), st.lists(KEYS, max_size=5), min_size=1),
    st.dictionaries(st.sampled_from([ANNA, BERT, CARA]), st.lists(KEYS, max_size=5)),
    st.sets(st.sampled_from([ANNA, BERT, CARA])),
)
def test_pages_are_as_if_who_is_forgotten_had_no_key(
    database: Database, first: dict[str, list[int]], later: dict[str, list[int]], gone: set[str]
) -> None:
    with database.connect() as connection:
        rebuilt(connection, first)
        bits = match_index.usable(connection, "this release").page_bits
        put(connection, later)
        forget(connection, sorted(gone))
        kept = _pages(connection)
        assert keys_of(connection, *gone) == set()
        match_index.check(connection)
        rebuilt(connection, {seed: [] if seed in gone else keys for seed, keys in first.items()})
        assert match_index.usable(connection, "this release").page_bits == bits
        assert kept == _pages(connection)


def test_what_is_equal_is_not_written_again(connection: Connection) -> None:
    keys = {ANNA: [3, 8], BERT: [8]}
    assert rebuilt(connection, keys) > 0
    assert rebuilt(connection, keys) == 0


def test_a_damaged_page_is_told(connection: Connection) -> None:
    rebuilt(connection, {ANNA: [8]})
    connection.execute(text("UPDATE dedupe.match_index_keys SET content = set_byte(content, 5, 77)"))
    for look in (lambda: holders(connection, 8), lambda: match_index.check(connection)):
        with pytest.raises(IndexUnusable, match="damaged"):
            look()


def test_a_missing_page_is_told(connection: Connection) -> None:
    rebuilt(connection, {ANNA: [8]})
    connection.execute(tables.match_index_keys.delete())
    for look in (lambda: holders(connection, 8), lambda: match_index.check(connection)):
        with pytest.raises(IndexUnusable, match="missing"):
            look()


def test_an_index_of_another_release_is_of_no_use(connection: Connection) -> None:
    with pytest.raises(IndexUnusable, match="no index"):
        match_index.usable(connection, "this release")
    rebuilt(connection, {ANNA: [8]})
    assert match_index.usable(connection, "this release").contacts == 1
    with pytest.raises(IndexUnusable, match="another release"):
        match_index.usable(connection, "the next release")


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connect() as connection:
        yield connection


def rebuilt(connection: Connection, keys: Keys) -> int:
    return match_index_writing.rebuild(
        connection, pa.array(list(keys), pa.string()), _table(keys), "this release"
    )


def put(connection: Connection, keys: Keys) -> None:
    held = [{"key": key, "source_contact_id": seed} for seed, own in keys.items() for key in set(own)]
    match_index.put(connection, list(keys), pa.Table.from_pylist(held, schema=match_index.HELD))


def holders(connection: Connection, *keys: int) -> set[tuple[int, str]]:
    return _rows(match_index.holders(connection, np.array(keys, dtype=np.int64)))


def keys_of(connection: Connection, *ids: str) -> set[tuple[int, str]]:
    return _rows(match_index.keys_of(connection, ids))


def live(connection: Connection, *ids: str) -> None:
    source = uuid.UUID(int=7)
    connection.execute(
        text("INSERT INTO dedupe.sources (id, name, provider, created_at) VALUES (:id, 'crm', 'csv', now())"),
        {"id": source},
    )
    for one in ids:
        connection.execute(
            text(
                "INSERT INTO dedupe.source_contacts (id, source_id, external_id, first_seen_at)"
                " VALUES (CAST(:id AS uuid), :source, CAST(:id AS text), now())"
            ),
            {"id": one, "source": source},
        )
        connection.execute(
            text(
                "INSERT INTO dedupe.contacts (source_contact_id, version_id, kind, content, identity_hash,"
                " reader_version, normalizer_version) VALUES (:id, 1, 'person', '{}', '', '', '')"
            ),
            {"id": one},
        )


def _table(keys: Keys) -> pa.Table:
    rows = [{"contact": at, "key": key} for at, own in enumerate(keys.values()) for key in sorted(set(own))]
    return pa.Table.from_pylist(rows, schema=MATCH_KEYS)


def _pages(connection: Connection) -> list[tuple[int, bytes]]:
    """The content of all pages, of contacts and of keys."""
    contacts = text("SELECT page, ids || keys FROM dedupe.match_index_contacts ORDER BY page")
    keys = text("SELECT page, content FROM dedupe.match_index_keys ORDER BY page")
    return [(page, bytes(row)) for query in (contacts, keys) for page, row in connection.execute(query)]


def _rows(held: pa.Table) -> set[tuple[int, str]]:
    return {(row["key"], row["source_contact_id"]) for row in held.to_pylist()}

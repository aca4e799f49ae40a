"""Laws of normalizing: total, idempotent, the same alone and among others, the same in every order."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as drawn
from hypothesis import settings, strategies

from dedupe.arrays.mapped import mapped
from dedupe.fetchers.given import given_table
from dedupe.fetchers.providers import chatwoot, whippy
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.normalizers.emails.normalize import normalize_email, split_emails
from dedupe.normalizers.identifiers import normalize_identifier
from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.phones.cleaning import repairs, split_phones
from dedupe.normalizers.text import fold
from dedupe.schemas import CONTACTS, GIVEN
from dedupe.simulators.population.population import population
from tests.normalizers.emails.email_cases import email_cases
from tests.normalizers.given_contacts import contact, given, normalized
from tests.normalizers.names.name_cases import name_cases
from tests.normalizers.phones.phone_cases import phone_cases

SETTINGS = NormalizeSettings(
    fallback_region="DE", default_region={"us": "US"}, shared_namespaces=frozenset({"crm"})
)
_ODD = "\x00\u200e\u202e\ufeff\ufffd@.+-_()/;,:'\"<>|#*~ \t\n0123456789٣４abcXYZéßİŁЖ中の한नु😀\U000e0001"
ANYTHING = strategies.text(strategies.sampled_from(_ODD), max_size=30) | strategies.text(max_size=12)
FIELDS = [
    "company",
    "job_title",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "birth",
    "time_zone",
    "language",
]


def contacts_of_anything() -> strategies.SearchStrategy[dict[str, Any]]:
    value = strategies.fixed_dictionaries(
        {
            "given": strategies.none() | ANYTHING,
            "attested": strategies.sampled_from([None, "channel", "agent", "?"]),
        }
    )
    name = strategies.dictionaries(
        strategies.sampled_from([field.name for field in GIVEN.field("names").type.value_type]), ANYTHING
    )
    identifier = strategies.fixed_dictionaries(
        {"namespace": ANYTHING, "given": ANYTHING, "unique": strategies.booleans()}
    )
    texts = {field: strategies.none() | ANYTHING for field in FIELDS}
    lists = {"emails": value, "phones": value, "names": name, "identifiers": identifier}
    return strategies.fixed_dictionaries(
        {
            "source": strategies.sampled_from(["us", "de"]),
            **{
                field: strategies.none() | strategies.lists(kind, max_size=3) for field, kind in lists.items()
            },
            **texts,
        }
    )


def a_population() -> pa.Table:
    """Contacts as the providers' readers give them."""
    readers = {"digital99": chatwoot.read, "livedesk": chatwoot.read, "whippy": whippy.read}
    found = population(400, seed=11).contacts(tuple(readers))
    return given_table((one.provider, one.external_id, readers[one.provider](one.payload)) for one in found)


def messy_contacts(count: int, seed: int) -> list[dict[str, Any]]:
    """Contacts of the cases that the differential tests draw."""
    draw = random.Random(seed)
    emails, phones = email_cases(count, seed), phone_cases(count, seed)
    names, parts = (
        name_cases(count, seed),
        ("full", "given", "middle", "family", "prefix", "suffix", "nickname"),
    )
    return [
        contact(
            source=draw.choice(["us", "de"]),
            names=[dict(zip(parts, draw.choice(names), strict=True))],
            emails=draw.sample(emails, 2),
            phones=[draw.choice(phones)[0] for _ in range(2)],
            country=draw.choice(["", "Germany", "FR", "usa", None]),
            birth=draw.choice(["03/04/1980", "1980", "--02-29", "13.12.1999", "x", None]),
            company=draw.choice(["Acme GmbH & Co. KG", "acme", "ACME, Inc.", None]),
        )
        for _ in range(count)
    ]


@settings(max_examples=60, deadline=None)
@drawn(strategies.lists(contacts_of_anything(), max_size=4))
def test_normalizing_never_raises_and_keeps_the_schema(rows: list[dict[str, Any]]) -> None:
    table = normalize(given(*rows), SETTINGS)
    assert table.schema.equals(CONTACTS)
    assert table.num_rows == len(rows)
    table.validate(full=True)


@settings(max_examples=60, deadline=None)
@drawn(strategies.lists(contacts_of_anything(), min_size=2, max_size=4))
def test_one_contact_alone_becomes_what_it_becomes_among_others(rows: list[dict[str, Any]]) -> None:
    table = given(*rows)
    together = normalize(table, SETTINGS).drop_columns(["contact"]).to_pylist()
    alone = [
        normalize(table.slice(row, 1), SETTINGS).drop_columns(["contact"]).to_pylist()[0]
        for row in range(len(rows))
    ]
    assert sorted(together, key=_key) == sorted(alone, key=_key)


def test_a_batch_of_one_equals_a_batch_of_many() -> None:
    rows = messy_contacts(100, seed=3)
    table = given(*rows)
    together = normalize(table, SETTINGS).drop_columns(["contact"]).to_pylist()
    alone = [
        normalize(table.slice(row, 1), SETTINGS).drop_columns(["contact"]).to_pylist()[0]
        for row in range(len(rows))
    ]
    assert together == sorted(alone, key=_key)


def test_the_order_of_the_rows_changes_nothing() -> None:
    table = given(*messy_contacts(2_000, seed=4))
    shuffled = table.take(pa.array(random.Random(1).sample(range(table.num_rows), table.num_rows)))
    assert normalize(table, SETTINGS).equals(normalize(shuffled, SETTINGS))


def test_blocks_of_a_large_table_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    table = given(*messy_contacts(1_000, seed=5))
    whole = normalize(table, SETTINGS)
    monkeypatch.setattr("dedupe.normalizers.contacts._BLOCK", 300)
    pool = pa.default_memory_pool().backend_name
    assert normalize(table, SETTINGS).combine_chunks().equals(whole.combine_chunks())
    assert pa.default_memory_pool().backend_name == pool


def test_blocks_kept_on_disk_are_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = given(*messy_contacts(1_000, seed=5))
    monkeypatch.setattr("dedupe.normalizers.contacts._BLOCK", 300)
    kept = normalize(table, SETTINGS, keep=lambda block: mapped(block, tmp_path))
    assert kept.equals(normalize(table, SETTINGS))


def test_normalizing_what_was_normalized_changes_nothing() -> None:
    once = _without_open_numbers(normalize(given(*messy_contacts(2_000, seed=6)), SETTINGS))
    twice = normalize(_given_again(once), SETTINGS)
    for field in ("emails", "phones"):
        assert _meaning(twice, field) == _meaning(once, field)


def test_a_normalized_name_stays_as_it_is() -> None:
    once = _without_open_numbers(normalize(a_population(), SETTINGS))
    twice = normalize(_given_again(once), SETTINGS)
    for field in ("names", "emails", "phones"):
        assert _meaning(twice, field) == _meaning(once, field)


@drawn(ANYTHING)
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def _key(row: dict[str, Any]) -> tuple[bytes, bytes]:
    return row["source"].encode(), row["external_id"].encode()


def _without_open_numbers(contacts: pa.Table) -> pa.Table:
    """Beside a number that was mended the country of an open one is known, once it is given as mended."""
    values = contacts["phones"].to_pylist()
    return contacts.filter(pa.array([all(phone["value"] for phone in phones or []) for phones in values]))


def _given_again(contacts: pa.Table) -> pa.Table:
    """The values of what was normalized as if a provider gave them."""
    rows = [
        {
            "source": row["source"],
            "external_id": row["external_id"],
            "names": [{"full": name["value"]} for name in row["names"]],
            "emails": [{"given": email["value"]} for email in row["emails"]],
            "phones": [{"given": _dialled(phone)} for phone in row["phones"]],
        }
        for row in contacts.to_pylist()
    ]
    return given(*rows)


def _dialled(phone: dict[str, Any]) -> str:
    number = phone["value"] or phone["given"]  # nobody tells the country of an open one
    return f"{number} x{phone['extension']}" if phone["value"] and phone["extension"] else str(number)


def _meaning(contacts: pa.Table, field: str) -> list[list[tuple[str, list[str]]]]:
    """Values and keys. Of names the words and the order-free key: a whole may be parted otherwise.

    What digits might have been besides (`or:`) is known only as long as they lack their plus.
    """
    rows: Any = contacts[field].to_pylist()
    if field == "names":
        return [
            [(" ".join(sorted(name["value"].split())), name["keys"][1:2]) for name in names] for names in rows
        ]
    return [
        [(item["value"], [key for key in item["keys"] if not key.startswith("or:")]) for item in items]
        for items in rows
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a" * 1_000_000,
        "1" * 1_000_000,
        "@" * 100_000,
        ";" * 1_000_000,
        "\u202e" * 10_000,
        "(" * 100_000,
        "é" * 500_000,
    ],
)
def test_bad_input_in_every_field_is_survived_quickly(text: str) -> None:
    texts = dict.fromkeys(FIELDS, text)
    value = [{"given": text}]
    names = [{"full": text}, {"given": text, "family": text}]
    identifiers = [{"namespace": text, "given": text}]
    [found] = normalized(contact(names=names, emails=value, phones=value, identifiers=identifiers, **texts))
    assert found["emails"] == []
    assert found["phones"] == []


@pytest.mark.parametrize(
    ("work", "text"),
    [
        (split_emails, " " * 20_000),
        (split_emails, "a@b <" + "@" * 19_000),
        (split_emails, "".join(f"a{number}@b.de " for number in range(1_400)) + "<x@y.de>"),
        (normalize_email, "a@" + "\u0301" * 19_000),
        (repairs, "(" * 2_000),
        (repairs, "1" * 9 + " /" * 990),
        (split_phones, "1234567;" * 250),
        (normalize_name, "user" + "_" * 490 + "1" * 490 + "!"),
        (normalize_name, "," * 1_000),
        (normalize_name, "\ufdfa" * 1_000),  # one letter that stands for eighteen
        (normalize_name, "Smith (" * 140),
        (normalize_name, "the " * 240 + "rev Ann Smith"),
        (normalize_name, "Ann Smith" + " jr" * 320),
        (normalize_name, "Ann Smith" + ", MD" * 240),
        (normalize_name, "Ann" + ", x" * 320),
        (normalize_name, "Ann " * 120 + ", M.D." * 80),
        (normalize_name, "a.b." * 240),
        (lambda text: normalize_identifier("crm", "passport", text, frozenset()), "1 " * 480 + "@ a ("),
    ],
)
def test_the_longest_text_of_an_unkind_shape_takes_milliseconds(
    work: Callable[[str], object], text: str
) -> None:
    work("1 ann@x.org")  # what is read once
    start = time.process_time()
    work(text)
    assert time.process_time() - start < 0.1

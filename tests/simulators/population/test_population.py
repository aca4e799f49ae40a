"""Messy people with the truth: the same from the same seed, plausible, ambiguous, in one to five places."""

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.simulators.population.export import COLUMNS, truth_table, write_csv, write_parquet, write_payloads
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.records import PROVIDERS, Contact


@pytest.fixture(scope="module")
def city() -> Population:
    return population(6000, seed=1)


@pytest.fixture(scope="module")
def holders(city: Population) -> dict[str, list[tuple[str, str]]]:
    """person → (provider, external id) of their contacts."""
    found = defaultdict(list)
    for provider, external_id, person in city.truth():
        found[person].append((provider, external_id))
    return found


def _bytes(contacts: list[Contact]) -> bytes:
    return json.dumps(contacts, ensure_ascii=False).encode()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert _bytes(list(population(60, 3).contacts())) == _bytes(list(population(60, 3).contacts()))
    assert _bytes(list(population(60, 3).contacts())) != _bytes(list(population(60, 4).contacts()))


def test_parts_drawn_one_by_one_are_the_whole() -> None:
    whole = [record.external_id for record in population(200, 3).records()]
    parts = [[record.external_id for record in population(200, 3).records(part, 3)] for part in range(3)]
    assert all(parts)
    assert list(chain(*parts)) == whole


def test_the_bytes_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib, json; from dedupe.simulators.population.population import population;"
        "p = population(60, 3); print(hashlib.sha256(json.dumps([list(p.contacts()), p.after(2).__dict__])"
        ".encode()).hexdigest())"
    )
    sums = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(sums) == 1


def test_every_person_is_held_somewhere_and_about_twice(holders: dict[str, list[tuple[str, str]]]) -> None:
    people = {person for person in holders if person.startswith("p00")}
    assert len(people) == 6000
    assert 1.8 < sum(len(holders[person]) for person in people) / 6000 < 2.5
    assert {len({provider for provider, _ in found}) for found in holders.values()} >= {1, 2, 3, 4}


def test_no_two_contacts_of_a_provider_share_an_id(city: Population) -> None:
    ids = Counter((provider, external_id) for provider, external_id, _ in city.truth())
    assert max(ids.values()) == 1


def test_numbers_are_valid_in_their_countries(city: Population) -> None:
    lines = [p.mobile for block in range(city.world.blocks) for p in city.residents(block)]
    valid = [phonenumbers.is_valid_number(phonenumbers.parse(line.e164)) for line in lines]
    assert sum(valid) / len(valid) > 0.995


def test_a_national_number_is_read_in_the_provider_s_own_region(city: Population) -> None:
    """What is written without a country code means the person's line, read with the right region."""
    people = {p.truth: p for block in range(city.world.blocks) for p in city.residents(block)}
    read = []
    for record in city.records():
        person = people.get(record.truth)
        if not person or not record.phones or not record.phones[0][0].isascii():
            continue
        try:
            number = phonenumbers.parse(record.phones[0], person.country)
        except phonenumbers.NumberParseException:
            continue
        own = [line.e164 for line in (person.mobile, person.landline, *person.other_mobiles)]
        own += [person.company.switchboard.e164] if person.company else []
        read.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) in own)
    assert sum(read) / len(read) > 0.9


def test_a_name_alone_is_ambiguous_and_most_names_are_rare(city: Population) -> None:
    bearers = defaultdict(set)
    for record in city.records():
        bearers[record.full].add(record.truth)
    counts = sorted((len(people) for name, people in bearers.items() if name), reverse=True)
    assert counts[0] > 20
    assert counts.count(1) > len(counts) * 0.7


def test_what_makes_it_hard_is_there(city: Population) -> None:
    emails, phones = defaultdict(set), defaultdict(set)
    names: Counter[str] = Counter()
    for record in city.records():
        for email in record.emails:
            emails[email.lower()].add(record.truth)
        for phone in record.phones:
            phones[phone].add(record.truth)
        if record.full:
            names["emoji"] += any(ord(letter) > 0x1F000 for letter in record.full)
            names["number"] += record.full.startswith("+")
            names["comma"] += "," in record.full
            names["script"] += any("\u0400" < letter < "\u9fff" for letter in record.full)
            names["junior"] += "Jr." in record.full
        names["nobody"] += record.full is None
    shared = [email for email, people in emails.items() if len(people) > 1]
    assert any(email.startswith(("info@", "office@")) for email in shared), "role mailboxes"
    assert any(email.startswith("the") for email in shared), "couples with one mailbox"
    assert max(len(people) for people in phones.values()) > 5, "switchboards"
    assert sum(len(people) == 2 for people in phones.values()) > 20, "couples' and recycled lines"
    assert min(names.values()) > 10, names


def test_a_father_and_a_son_may_bear_one_name(city: Population) -> None:
    people = [p for block in range(city.world.blocks) for p in city.residents(block)]
    pairs = [
        (a, b) for a in people for b in people[a.number - 5 : a.number] if a.suffix == "Jr." and b.suffix
    ]
    assert pairs
    for son, father in pairs:
        if father.suffix == "Sr." and father.home is son.home:
            assert (son.given, son.family) == (father.given, father.family)
            assert son.birth[0] - father.birth[0] > 15


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 80), st.integers(0, 2**64))
def test_any_size_and_seed_gives_each_person_an_owner(people: int, seed: int) -> None:
    town = population(people, seed)
    truth = list(town.truth())
    everybody = {f"p{number:07d}" for number in range(people)}
    assert {t.person for t in truth if "p" <= t.person < f"p{people:07d}"} == everybody
    assert {t.provider for t in truth} <= set(PROVIDERS)


def test_a_population_needs_a_person() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        population(0, 1)


def test_proportions_can_be_turned_off() -> None:
    clean = Proportions(
        no_name=0, nickname=0, emoji_name=0, phone_for_name=0, placeholder_name=0, name_typo=0
    )
    names = [record.full for record in population(300, 1, clean).records()]
    assert all(names)
    assert clean.profile_hash() != Proportions().profile_hash() == Proportions().profile_hash()


def test_the_manufacturing_system_holds_users_keys_agents_and_groups(city: Population) -> None:
    kinds = Counter(c.payload["type"] for c in city.contacts(("openmrp",)))
    assert kinds == {"user": 30, "api_key": 2, "agent": 2, "group": 3}


# files


def test_the_csv_has_the_datasets_form(tmp_path: Path) -> None:
    town = population(50, 2)
    count = write_csv(town, tmp_path / "town.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "town.csv").read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["truth_id"] for row in rows] == [t.person for t in town.truth()]
    assert len(rows) == count == len({row["record_id"] for row in rows})


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    town = population(50, 2)
    write_csv(town, tmp_path / "town.csv")
    write_parquet(town, tmp_path / "town.parquet")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "town.csv").read_text(encoding="utf-8"))))
    table = pq.read_table(tmp_path / "town.parquet")
    assert [{key: value or "" for key, value in row.items()} for row in table.to_pylist()] == rows


def test_payloads_stand_in_one_file_a_provider_with_the_truth_beside(tmp_path: Path) -> None:
    town = population(50, 2)
    counts = write_payloads(town, tmp_path)
    for provider in PROVIDERS:
        lines = (tmp_path / f"{provider}.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line) for line in lines] == [c.payload for c in town.contacts((provider,))]
        assert len(lines) == counts[provider]
    truth = list(csv.reader(io.StringIO((tmp_path / "truth.csv").read_text(encoding="utf-8"))))
    assert truth[0] == ["provider", "external_id", "person"]
    assert truth[1:] == [list(t) for t in town.truth()]


def test_the_truth_is_a_table_too() -> None:
    town = population(20, 2)
    table = truth_table(town)
    assert isinstance(table, pa.Table)
    assert [tuple(row.values()) for row in table.to_pylist()] == list(town.truth())

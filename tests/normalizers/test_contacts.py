from datetime import UTC, datetime
from pathlib import Path

import dedupe
from dedupe.normalizers.contacts import NormalizeSettings, code_files, normalize, version
from dedupe.schemas import CONTACTS
from tests.normalizers.given_contacts import contact, given, normalized


def test_contacts_are_numbered_in_byte_order_of_source_and_external_id() -> None:
    keys = [("b", "1"), ("a", "10"), ("a", "9"), ("ä", "1"), ("Z", "1")]
    table = given(*(contact(source=source, external_id=external_id) for source, external_id in keys))
    found = normalize(table, NormalizeSettings())
    told = list(zip(found["source"].to_pylist(), found["external_id"].to_pylist(), strict=True))
    assert told == sorted(keys, key=lambda key: (key[0].encode(), key[1].encode()))
    assert found["contact"].to_pylist() == [0, 1, 2, 3, 4]


def test_nothing_given_is_nothing_normalized() -> None:
    [found] = normalized(contact())
    assert (
        found["names"]
        == found["emails"]
        == found["phones"]
        == found["identifiers"]
        == found["rejected"]
        == []
    )
    assert found["company"] is None
    assert found["birth"] is None
    assert found["kind"] == "person"


def test_an_empty_table_stays_empty() -> None:
    found = normalize(given(contact()).slice(0, 0), NormalizeSettings())
    assert found.num_rows == 0
    assert found.schema.equals(CONTACTS)


def test_what_is_not_normalized_is_carried() -> None:
    when = datetime(2024, 1, 2, tzinfo=UTC)
    kept = {"job_title": "CTO", "blocked": True, "changed_at": when, "custom": "{}", "kind": "staff"}
    kept["preferences"] = [{"channel": "sms", "allowed": False}]
    [found] = normalized(contact(**kept))
    assert {name: found[name] for name in kept} == kept


def test_a_value_given_twice_is_kept_once_with_the_best_attestation() -> None:
    twice = [{"given": "Ann@X.org", "attested": "import"}, {"given": "ann@x.org", "attested": "channel"}]
    [found] = normalized(contact(emails=twice))
    assert [(email["value"], email["attested"]) for email in found["emails"]] == [("ann@x.org", "channel")]


def test_a_bad_value_is_kept_with_its_reason() -> None:
    [found] = normalized(
        contact(emails=["ann at x"], phones=["call me"], names=["Unknown"], birth="soon", country="Atlantis")
    )
    assert {(item["field"], item["given"], item["reason"]) for item in found["rejected"]} == {
        ("email", "ann at x", "no @-sign"),
        ("phone", "call me", "not a number"),
        ("name", "Unknown", "placeholder"),
        ("birth", "soon", "not a date"),
        ("country", "Atlantis", "no such country"),
    }


def test_the_version_tells_settings_apart() -> None:
    one, other = NormalizeSettings(fallback_region="DE"), NormalizeSettings(fallback_region="FR")
    assert version(one) == version(NormalizeSettings(fallback_region="DE"))
    assert version(one) != version(other)


def test_the_version_is_of_every_file_of_the_room_however_deep() -> None:
    room = Path(str(dedupe.__file__)).parent
    wanted = {
        f"dedupe.{folder}{path.relative_to(room / folder)!s}".replace(folder, f"{folder}/", 1)
        for folder in ("arrays", "name_lists", "normalizers")
        for path in (room / folder).rglob("*")
        if path.suffix in (".py", ".toml", ".txt")
    }
    assert {name for name, _ in code_files()} == wanted


def test_a_name_that_is_the_company_is_nobodys() -> None:
    firm = {"names": ["Blue River"], "company": "Blue River Inc."}
    [found] = normalized(contact(**firm))
    assert found["names"] == []
    assert [(item["field"], item["given"], item["reason"]) for item in found["rejected"]] == [
        ("name", "Blue River", "the company")
    ]
    [beside] = normalized(contact(names=["Blue River", "Ann Berg"], company="Blue River Inc."))
    assert [name["value"] for name in beside["names"]] == ["Ann Berg"]


def test_who_works_for_himself_keeps_his_name() -> None:
    [found] = normalized(contact(names=["John Smith"], company="John Smith"))
    assert [name["value"] for name in found["names"]] == ["John Smith"]

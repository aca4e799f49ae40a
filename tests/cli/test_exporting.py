"""`dedupe export`: golden contacts and the crosswalk as files, whole or what is new."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from dedupe.model import Verdict
from dedupe.storage import exports, tables
from dedupe.storage.database import Database
from dedupe.storage.event_cursors import event_cursor
from tests.house import House, contact


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with Database(database_url) as database:
        house = House(database)
        house.collected(
            contact("crm:2", name="Jo Marchetti", email="jo@x.org;jm@y.org", phone="+442079460018"),
            contact("crm:10", name="=1+1", company="-Acme", email="ann@y.org"),
            contact("mail:9", name="Jo Marchetti", email="jo@x.org", phone="+442079460018"),
        )
        house.merges()
        yield house


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exported(dedupe, what: str, path: Path, *more: str) -> tuple[list[dict[str, Any]], str]:
    """The rows and the cursor."""
    done = dedupe("export", what, path, *more)
    assert done.code == 0, done.err
    return rows_of(path), done.out.strip()


def test_golden_contacts_as_parquet_hold_their_values(dedupe, house: House, tmp_path: Path) -> None:
    rows, _ = exported(dedupe, "golden", tmp_path / "golden.parquet")
    assert [row["golden_id"] for row in rows] == sorted(
        str(house.golden_of(key)) for key in ("crm:2", "crm:10")
    )
    jo, ann = sorted(rows, key=lambda row: row["members"], reverse=True)
    assert (jo["display_name"], jo["status"], jo["members"]) == ("Jo Marchetti", "live", 2)
    assert (jo["emails"], jo["phones"]) == (["jo@x.org", "jm@y.org"], ["+442079460018"])
    assert ann["company"] == "-Acme"
    assert pq.read_schema(tmp_path / "golden.parquet").equals(exports.GOLDEN)


def test_golden_contacts_as_csv_hold_no_formula_and_whole_phones(
    dedupe, house: House, tmp_path: Path
) -> None:
    rows, _ = exported(dedupe, "golden", tmp_path / "golden.csv")
    jo, ann = sorted(rows, key=lambda row: row["members"], reverse=True)
    assert (jo["emails"], jo["phones"]) == ("jo@x.org;jm@y.org", "+442079460018")
    assert ann["company"] == "'-Acme"
    assert ann["phones"] == ""


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_crosswalk_names_every_source_contact_in_order(
    dedupe, house: House, tmp_path: Path, suffix: str
) -> None:
    rows, _ = exported(dedupe, "crosswalk", tmp_path / f"crosswalk.{suffix}")
    assert [(row["source"], row["external_id"]) for row in rows] == [
        ("crm", "10"),
        ("crm", "2"),
        ("mail", "9"),
    ]
    assert {row["golden_id"] for row in rows[1:]} == {str(house.golden_of("crm:2"))}
    assert all(row["since"] for row in rows)


def test_an_export_goes_on_where_the_last_one_was(dedupe, house: House, tmp_path: Path) -> None:
    golden, walk = tmp_path / "golden.parquet", tmp_path / "walk.parquet"
    _, cursor = exported(dedupe, "golden", golden)
    assert exported(dedupe, "golden", golden, "--force", "--since", cursor) == ([], cursor)
    house.collected(contact("new:1", name="Maria Huber", email="kim@z.org"))
    house.merges()
    rows, later = exported(dedupe, "golden", golden, "--force", "--since", cursor)
    assert [row["display_name"] for row in rows] == ["Maria Huber"]
    assert later != cursor
    moved, _ = exported(dedupe, "crosswalk", walk, "--since", cursor)
    assert [row["external_id"] for row in moved] == ["1"]


def test_what_is_new_holds_what_is_there_no_longer(dedupe, house: House, tmp_path: Path) -> None:
    golden, walk = tmp_path / "golden.parquet", tmp_path / "walk.parquet"
    _, cursor = exported(dedupe, "golden", golden)
    first, gone = house.golden_of("crm:2"), house.golden_of("crm:10")
    house.decided("crm:2", "mail:9", Verdict.DIFFERENT)
    house.vanished("crm:10")
    house.merges()
    rows, _ = exported(dedupe, "golden", golden, "--force", "--since", cursor)
    status = {row["golden_id"]: row["status"] for row in rows}
    assert status == {str(first): "live", str(gone): "retired", str(house.golden_of("mail:9")): "live"}
    moved, _ = exported(dedupe, "crosswalk", walk, "--since", cursor)
    assert {row["external_id"]: row["golden_id"] for row in moved} == {
        "2": str(first),
        "9": str(house.golden_of("mail:9")),
        "10": None,
    }


def test_a_retired_id_names_where_it_leads(dedupe, house: House, tmp_path: Path) -> None:
    _, cursor = exported(dedupe, "golden", tmp_path / "golden.parquet")
    kept, gone = sorted(str(house.golden_of(key)) for key in ("crm:2", "crm:10"))
    house.collected(contact("crm:10", name="Jo Marchetti", email="jo@x.org", phone="+442079460018", day=2))
    house.merges()
    rows, _ = exported(dedupe, "golden", tmp_path / "new.parquet", "--since", cursor)
    assert {row["golden_id"]: (row["status"], row["successors"]) for row in rows} == {
        kept: ("live", []),
        gone: ("retired", [kept]),
    }


def test_since_is_since_when_it_belongs_to_its_golden_contact(dedupe, house: House, tmp_path: Path) -> None:
    maria: dict[str, Any] = {"name": "Maria Huber", "email": "maria@z.org", "phone": "+442079460019"}
    house.collected(contact("web:3", **maria))
    house.merges()
    before, _ = exported(dedupe, "crosswalk", tmp_path / "before.parquet")
    house.collected(contact("web:4", **maria))
    house.merges()
    assert house.golden_of("web:3") == house.golden_of("web:4")  # so the link of one alone has a new cause
    after, _ = exported(dedupe, "crosswalk", tmp_path / "after.parquet")
    assert {row["external_id"]: row["since"] for row in before}.items() <= {
        row["external_id"]: row["since"] for row in after
    }.items()


def test_whoever_exports_stands_in_the_access_log(dedupe, house: House, tmp_path: Path) -> None:
    _, cursor = exported(dedupe, "golden", tmp_path / "golden.csv")
    house.collected(contact("new:1", name="Maria Huber", email="kim@z.org"))
    house.merges()
    exported(dedupe, "crosswalk", tmp_path / "walk.csv", "--since", cursor)
    with house.database.begin() as connection:
        lines = connection.execute(select(tables.access_log).order_by(tables.access_log.c.id)).all()
    assert [(line.door, line.action) for line in lines] == [
        ("cli", "export golden"),
        ("cli", "export crosswalk"),
    ]
    assert [line.golden_ids for line in lines] == [[], [house.golden_of("new:1")]]


def test_a_file_that_is_there_stays(dedupe, house: House, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    refused = dedupe("export", "golden", there)
    assert (refused.code, "--force" in refused.err, there.read_text()) == (2, True, "mine")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["out.xlsx"], "*.csv or *.parquet"),
        (["out.csv", "--since", "yesterday"], "no cursor of events"),
        (["out.csv", "--since", event_cursor(1_000_000)], "another database's"),
        (["nowhere/out.csv"], "can't be written"),
    ],
)
def test_what_can_not_be_exported_is_said(
    dedupe, house: House, tmp_path: Path, arguments: list[str], why: str
) -> None:
    refused = dedupe("export", "golden", *arguments)
    assert (refused.code, why in refused.err) == (2, True)
    assert not (tmp_path / "out.csv").exists()


def test_rows_come_some_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a million take no more memory than a thousand."""
    monkeypatch.setattr("dedupe.storage.copying.PART_BYTES", 1)
    with house.database.begin() as connection:
        parts = list(exports.golden_contacts(connection))
    assert [part.num_rows for part in parts] == [1, 1]
    assert pa.concat_tables(parts).schema.equals(exports.GOLDEN)

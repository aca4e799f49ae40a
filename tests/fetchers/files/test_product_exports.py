"""Exports and answers of products are read as what they are: of each published column the right value."""

import json

import pytest

from dedupe.fetchers.files.read import read_file, read_payloads
from tests.fetchers.files import product_exports

SAMPLES, ANSWERS = product_exports.samples(), product_exports.answers()


def wrong_values(expected, read) -> list[str]:
    rows = read.given.to_pylist()
    assert len(rows) == len(expected)
    pairs = [(told, product_exports.shown(row, told)) for told, row in zip(expected, rows, strict=True)]
    return [wrong for told, found in pairs for wrong in product_exports.compared(told, found)[1]]


def reads_again_alike(read) -> bool:
    stored = [
        (row["source"], row["external_id"], json.loads(row["payload"])) for row in read.raw().to_pylist()
    ]
    return bool(read_payloads(stored).table.equals(read.given))


def test_there_are_enough_products() -> None:
    assert len({sample.product for sample in SAMPLES}) >= 60
    assert len({answer["product"] for answer in ANSWERS}) >= 20


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.product)
def test_an_export_is_read_as_its_columns_say(tmp_path, sample) -> None:
    people = product_exports.people(sample)
    path = tmp_path / "export.csv"
    path.write_bytes(product_exports.written(sample, people))
    read = read_file(path, encoding=sample.encoding)
    assert wrong_values([person.expected for person in people], read) == []
    assert reads_again_alike(read)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["product"])
def test_an_answer_of_an_interface_is_read_as_what_it_is(tmp_path, answer) -> None:
    path = tmp_path / "answer.json"
    path.write_text(answer["json"], encoding="utf-8")
    read = read_file(path)
    assert wrong_values(answer["expect"], read) == []
    assert reads_again_alike(read)

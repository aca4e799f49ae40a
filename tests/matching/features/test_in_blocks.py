"""Features taken block by block are those taken at once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.files.read import read_table
from dedupe.matching.features import in_blocks
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.features.encoding import Pool
from dedupe.matching.features.in_blocks import features_in_blocks
from dedupe.matching.features.types import Names
from dedupe.matching.features.word_similarity import NameWords
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from tests.matching.normalized_contacts import contact, contacts

FEW = st.sampled_from  # few values, so that blocks tell the same ones
SAID = st.builds(
    contact,
    FEW([None, "ann lee", "bill lee", "anna maria lee", "lee ann", "a lee", "ana sofía ruiz"]),
    email=FEW([None, "ann@acme.org", ["ann@acme.org", "office@gmail.com"]]),
    phone=FEW([None, "+14155550100", ["+442079460199", "+14155550100"]]),
    identifier=FEW([None, "tax:7", "vip:8"]),
    company=FEW([None, "acme", "smith"]),
    street=FEW([None, "1 main st"]),
    city=FEW([None, "ur", "bonn"]),
    birth=FEW([None, "1950-06-07"]),
    suffix=FEW([None, "jr"]),
    kind=FEW(["person", "staff"]),
    source=FEW(["crm", "mail"]),
)
WORDS = ("first", "middle", "last", "nickname")


def told(value: Any, texts: list[str]) -> Any:
    """A value as Python's own types, word ids by their texts, since places in their pool may differ."""
    if isinstance(value, NameWords):
        pool = value.pool.texts.tolist()
        columns = {field.name: getattr(value, field.name) for field in fields(value) if field.name != "pool"}
        columns |= {"hashes": value.pool.hashes, **vars(columns.pop("as_given"))}
        rows = [{name: column[place] for name, column in columns.items()} for place in range(len(pool))]
        return dict(zip(pool, rows, strict=True))
    if isinstance(value, Names):
        of_words = {name: [texts[place] for place in getattr(value, name)] for name in WORDS}
        others = [field.name for field in fields(value) if field.name not in WORDS]
        return of_words | {name: told(getattr(value, name), texts) for name in others}
    if isinstance(value, Pool):
        return value.texts.tolist(), value.hashes.tolist()
    if is_dataclass(value):
        return {field.name: told(getattr(value, field.name), texts) for field in fields(value)}
    return (value.dtype, value.tolist()) if isinstance(value, np.ndarray) else value


def all_told(features: Features) -> Any:
    return told(features, [*features.words.pool.texts.tolist(), ""])


@given(st.lists(SAID, max_size=12), st.integers(1, 5))
def test_whatever_contacts_say_blocks_tell_what_one_does(rows: list[dict[str, Any]], block: int) -> None:
    table = contacts(*rows)
    assert all_told(features_in_blocks(table, True, block)) == all_told(build_features(table, True))


@pytest.mark.parametrize("most", [in_blocks.TEXT_AT_MOST, 1])
def test_a_population_in_blocks_is_what_it_is_in_one(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(in_blocks, "TEXT_AT_MOST", most)  # beyond it, texts have offsets of 64 bits
    given = read_table(pa.Table.from_batches(batches(population(200, seed=3)))).given
    table = normalize(given, NormalizeSettings())
    found = features_in_blocks(table, block=100)
    assert pa.types.is_large_string(found.emails.address.values.type) == (most == 1)
    assert all_told(found) == all_told(build_features(table))

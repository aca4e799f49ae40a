import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.hashing import sha256
from dedupe.arrays.json_texts import COMPACT, PLAIN, json_objects, json_texts, quoted

letters = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(['"', "\\n", "\x7f", "é\t"])
moments = st.integers(-(10**15), 10**15).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
ITEM = pa.struct([("text", pa.string()), ("keys", pa.list_(pa.string())), ("year", pa.int16())])
KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "sure": pa.bool_(),
    "at": pa.timestamp("us", "UTC"),
    "items": pa.list_(ITEM),
}
keys = st.none() | st.lists(st.none() | letters, max_size=2)
item = st.fixed_dictionaries(
    {"text": st.none() | letters, "keys": keys, "year": st.none() | st.integers(0, 99)}
)
row = st.fixed_dictionaries(
    {
        "text": st.none() | letters,
        "sure": st.none() | st.booleans(),
        "at": st.none() | moments,
        "items": st.none() | st.lists(st.none() | item, max_size=3),
    }
)


def _isoformat(value):
    return value.isoformat()


@given(st.lists(row, max_size=5), st.sampled_from([COMPACT, PLAIN]), st.integers(0, 2))
def test_columns_are_spelled_as_python_spells_their_rows(rows, style, skipped):
    table = pa.Table.from_pylist(rows, schema=pa.schema(KINDS))
    column: Any = table.to_struct_array().combine_chunks().slice(skipped)
    between = (style.comma, style.colon)
    spelled = [
        json.dumps(each, ensure_ascii=style.ascii, separators=between, default=_isoformat)
        for each in column.to_pylist()
    ]
    assert json_texts(column, style).to_pylist() == spelled


@given(st.lists(st.tuples(st.none() | letters, st.none() | letters), min_size=1, max_size=4))
def test_a_key_without_a_value_is_left_out(rows):
    left, right = zip(*rows, strict=True)
    columns = {"a": pa.array(left, pa.string()), "b": pa.array(right, pa.string())}
    texts = json_objects({name: quoted(column) for name, column in columns.items()})
    kept = [{key: value for key, value in zip("ab", pair, strict=True) if value is not None} for pair in rows]
    assert [json.loads(text) for text in texts.to_pylist()] == kept


def test_what_has_no_one_spelling_is_refused():
    with pytest.raises(TypeError):
        json_texts(pa.array([0.1]))


@given(st.lists(letters, max_size=4), st.integers(0, 2))
def test_every_text_has_its_own_sha256(texts, skipped):
    hashes = sha256(pa.array(texts, pa.string()).slice(skipped), 16).to_pylist()
    assert hashes == [hashlib.sha256(text.encode()).digest()[:16] for text in texts[skipped:]]

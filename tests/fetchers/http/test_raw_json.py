"""Objects of an answer remember how they were written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.http.raw_json import RawObject, parse_json
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.payloads import PreparedPayload, content_hash, prepare
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    scalars | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(anything, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_the_library_reads(value, indent, ascii_only):
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert parse_json(body) == json.loads(body)


@given(st.text(alphabet='{}[]",:1tfn\\ aé\x00', max_size=30))
def test_it_refuses_what_the_library_refuses(text):
    try:
        wanted = json.loads(text.encode())
    except (ValueError, RecursionError):
        with pytest.raises(ValueError):
            parse_json(text.encode())
    else:
        assert parse_json(text.encode()) == wanted


@pytest.mark.parametrize(
    "contact",
    [
        '{"id": 1, "id": 2}',
        '{"id":150,"rate":1.50,"size":1e999,"big":123456789012345678901234567890}',
        '{ "id" : "\\u0041" ,\n "name":"\\/é\\u0000\\ud800" }',
    ],
)
@pytest.mark.parametrize("around", ["[%s]", '{"data": [%s, {}]}', '{"a": {"data": [ %s ]}}', "%s"])
def test_a_contact_is_stored_as_it_was_written(contact, around):
    found = parse_json((around % contact).encode())
    while not (isinstance(found, RawObject) and "id" in found):
        found = found[0] if isinstance(found, list) else next(iter(found.values()))
    own = fetcher_for(SourceSettings("crm", "whippy"))
    made = prepare(own, found)
    assert isinstance(made, PreparedPayload)
    assert made.payload == contact
    assert made.content_hash == content_hash(dict(found), frozenset())


def test_a_raw_surrogate_becomes_its_escape():
    [contact] = parse_json(b'[{"name": "\xed\xa0\x80"}]')
    assert contact.text == '{"name": "\\ud800"}'


def test_what_only_python_takes_for_json_is_written_anew():
    [odd, even] = parse_json(b'[{"id": 1, "size": NaN}, {"id":  2}]')
    own = fetcher_for(SourceSettings("crm", "whippy"))
    assert prepare(own, odd).payload == '{"id":1,"size":"NaN"}'
    assert prepare(own, even).payload == '{"id":  2}'


def test_what_is_never_stored_is_not_kept_by_the_way_it_was_written():
    [contact] = parse_json(b'[{"id": 1, "a": {"secret": 1}, "a": {}}]')
    own = fetcher_for(SourceSettings("crm", "whippy", never_store=("a.secret",)))
    assert "secret" not in prepare(own, contact).payload


def test_expressions_tell_an_object_for_what_it_is():
    [contact] = parse_json(b'[{"id": 1, "fields": {"email": "jo@example.org"}}]')
    found = extended({}, contact, {"email": "values(fields)", "custom:keys": "keys(@)"})
    assert found["emails"] == [{"given": "jo@example.org"}]
    assert found["custom"]["keys"] == ["id", "fields"]

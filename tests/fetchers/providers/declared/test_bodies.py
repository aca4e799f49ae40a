"""Bodies of declared sources: CSV, lines of JSON, objects keyed by id."""

from __future__ import annotations

import pytest

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Start
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.simulators.server.http import Response
from tests.fetchers.providers.answering_provider import answering, row
from tests.fetchers.providers.changing_list import source


def test_csv_is_read_by_its_first_line():
    text = (
        '\ufeffid;Name;e-mail;e-mail\r\n1;"Berg; Ann\nof ""X""";a@example.org;b@example.org\r\n\r\n2;Bo\r\n'
    )
    with answering(lambda _: Response(200, text.encode(), "text/csv")) as script:
        own = source(script.url + "/p", {"paging": "none", "format": "csv", "delimiter": ";"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            rows = [one for page in fetcher.fetch(api, Start()) for one in page.payloads]
    assert rows == [
        {"id": "1", "Name": 'Berg; Ann\nof "X"', "e-mail": ["a@example.org", "b@example.org"]},
        {"id": "2", "Name": "Bo", "e-mail": ["", ""]},
    ]
    assert script.requests[0].headers["accept"].startswith("text/csv")


def test_a_row_of_csv_with_too_many_cells_shows_no_id_and_costs_no_other():
    with answering(lambda _: Response(200, b"id,name\n1,Ann\n2,Bo,x\n3,Cy\n")) as script:
        assert script.walk(paging="none", format="csv").seen == {"1", "3"}


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Please wait", b'{"data": []}', b'id,name\n1,"Ann', b"id\n\xff"]
)
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_body_of_another_format_is_no_empty_list(form, body):
    if form == "ndjson" and body in (b"", b'{"data": []}'):
        return  # no line at all; one contact without an id
    with (
        answering(lambda _: Response(200, body)) as script,
        pytest.raises(ContractChanged, match=form.upper()),
    ):
        script.walk(paging="none", format=form)


def test_csv_in_another_encoding():
    with answering(lambda _: Response(200, "id,name\n1,Jürgen\n".encode("cp1252"))) as script:
        assert script.walk(paging="none", format="csv", encoding="cp1252").seen == {"1"}


def test_lines_of_json():
    with answering(lambda _: Response(200, b'\xef\xbb\xbf{"id": 1}\n\n{"id": "2"}\r\n{"id": 3}')) as script:
        assert script.walk(paging="none", format="ndjson").seen == {"1", "2", "3"}


def test_contacts_in_an_object_by_id_keep_their_text_and_get_their_key():
    people = '"17": {"name": "Ann", "size": 1.50}, "18": {}, "19": {"id": 19}, "x": 7, "20": {"id": 5}'
    body = f'{{"people": {{{people}}}}}'.encode()
    with answering(lambda _: Response(200, body)) as script:
        own = source(script.url + "/p", {"paging": "none", "rows": "people", "key_as": "id"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            rows = [one for page in fetcher.fetch(api, Start()) for one in page.payloads]
    assert [fetcher.external_id(one) for one in rows] == ["17", "18", "19", None, None]
    assert [getattr(one, "text", None) for one in rows[:3]] == [
        '{"id":"17","name": "Ann", "size": 1.50}',
        '{"id":"18"}',
        '{"id": 19}',
    ]
    assert rows[3:] == [{"x": 7}, {"20": {"id": 5}}]


def test_an_empty_object_may_be_written_as_an_empty_list():
    with answering(lambda _: {"people": []}) as script:
        assert script.walk(paging="none", rows="people", key_as="id").reason is None
    with (
        answering(lambda _: {"people": row(1)}) as script,
        pytest.raises(ContractChanged, match="object"),
    ):
        script.walk(paging="none", rows="people", key_as="id")


@pytest.mark.parametrize("body", [{"ann": {"id": 1}}, {"ann@example.org": {}, "bo": {}}])
def test_names_that_are_keys_stand_in_no_error(body):
    with answering(lambda _: body) as script, pytest.raises(ContractChanged, match="key_as") as changed:
        script.walk(paging="none")
    assert "ann" not in str(changed.value)

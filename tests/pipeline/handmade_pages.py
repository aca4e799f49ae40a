"""Pages of every provider from raw JSON of contacts, for what no simulator could write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from dedupe.fetchers.settings import SourceSettings
from tests.fetchers.scripted_provider import Answer, provider

SECRETS = {"token": "t", "key": "k", "secret": "s"}
EMAIL_AT = {"openmrp": '"type": "user", "handle": "%s"', "askelephant": '"emails": [{"email": "%s"}]'}


def contact(provider: str, external_id: int | str, email: str) -> str:
    """An ordinary contact as JSON."""
    told = EMAIL_AT.get(provider, '"email": "%s"') % email
    return f'{{"id": {json.dumps(external_id)}, "created_at": 1700000000, {told}}}'


def _chatwoot(rows: str, asked: dict[str, list[str]], count: int) -> str:
    page = int(asked.get("page", ["1"])[0])
    held = rows if page == 1 else ""
    return f'{{"meta": {{"count": {count}, "current_page": "{page}"}}, "payload": [{held}]}}'


PAGES: dict[str, Callable[[str, dict[str, list[str]], int], str]] = {
    "digital99": _chatwoot,
    "livedesk": _chatwoot,
    "whippy": lambda rows, _asked, _count: f'{{"data": [{rows}], "metadata": {{"next_cursor": null}}}}',
    "askelephant": lambda rows, _asked, _count: (
        f'{{"object": "list", "data": [{rows}], "has_more": false, "next_cursor": null}}'
    ),
    "openmrp": lambda rows, _asked, _count: (
        f'{{"data": [{rows}], "page_info": {{"has_next_page": false, "next_page_url": null}}}}'
    ),
}


@contextmanager
def holding(
    name: str, contacts: Sequence[str], headers: dict[str, str] | None = None
) -> Iterator[SourceSettings]:
    """A source whose provider holds these contacts, all on one page; a question by id is not answered."""

    def answer(path: str) -> Answer:
        parts = urlsplit(path)
        if not parts.path.endswith("/contacts"):
            return Answer('{"error": "not like that"}', 400)
        counted = sum('"id"' in one for one in contacts)
        body = PAGES[name](",".join(contacts), parse_qs(parts.query), counted)
        return Answer(body, 200, headers or {})

    with provider(answer) as said:
        options = {"backoff": 0.01}
        yield SourceSettings(name, name, base_url=said.url, secrets=SECRETS, account_id="1", options=options)

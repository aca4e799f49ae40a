"""What a fetcher is: it walks a provider's pages and reads payloads. It stores nothing and decides nothing.

    for page in fetcher.fetch(api, Start(Mode.FULL)):
        page.payloads   contacts as the provider sent them
        page.cursor     a JSON object: `fetch` goes on behind this page when it is given back in `Start`
        page.done       the provider has no more

A cursor also carries what the walk has learned so far (`problem`, counts), so that a walk resumed by another
process ends in the same judgement as an undisturbed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from dedupe.errors import ContractChanged
from dedupe.fetchers.given import text_of
from dedupe.fetchers.http.client import Api, RequestRefused, RetryPolicy
from dedupe.fetchers.http.oauth import Grant
from dedupe.fetchers.ids import id_of
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact

Cursor = dict[str, Any]


class Mode(StrEnum):
    """What a walk is to see."""

    FULL = "full"
    CHANGED = "incremental"  # what changed since a moment
    NEWEST = "newest"  # the newest first, until everything is known already


@dataclass(frozen=True)
class Start:
    """Where a walk begins: `cursor` goes on behind a stored page, `since` is the checkpoint."""

    mode: Mode = Mode.FULL
    since: datetime | None = None
    cursor: Cursor | None = None
    known: Callable[[Sequence[str]], bool] = lambda _ids: False


@dataclass(frozen=True)
class Page:
    """One page as it came, and how the walk stands behind it.

    `again`: a second look at contacts of the same walk, chosen by when they changed. They say nothing about
    what the source's contacts usually look like.
    """

    payloads: Sequence[Any]
    cursor: Cursor
    done: bool = False
    again: bool = False


class WalkSummary(NamedTuple):
    """A finished walk: its last cursor, its rows, its different ids."""

    cursor: Mapping[str, Any]
    rows: int
    unique: int


@dataclass(frozen=True)
class ProviderConnection:
    """How to reach the provider. `limit` is what it allows, in requests a second."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    limit: float
    habits: RetryPolicy = field(default_factory=RetryPolicy)
    secret_params: Mapping[str, str] = field(default_factory=dict, repr=False)  # of every query
    grant: Grant | None = None  # what tokens are asked for with


class LookupById(NamedTuple):
    """The answer to a question by id: the payload, gone, or neither (`payload` None, `gone` False)."""

    payload: Any = None
    gone: bool = False


class Fetcher(Protocol):
    """One provider, bound to one source's settings."""

    @property
    def settings(self) -> SourceSettings: ...
    @property
    def version(self) -> str:
        """Of `read`: a payload read by another version is read again."""
        ...

    @property
    def volatile(self) -> frozenset[str]:
        """Top-level fields that change by themselves; the content hash skips them."""
        ...

    @property
    def modes(self) -> frozenset[Mode]: ...

    def connection(self) -> ProviderConnection: ...

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        """Every page from `start` on, until the provider has no more. SourceError when it can't go on."""
        ...

    def assess_walk(self, summary: WalkSummary) -> str | None:
        """Why a finished walk may have missed something, or None."""
        ...

    def external_id(self, payload: Any) -> str | None: ...

    def changed_at(self, payload: Any) -> datetime | None:
        """By the provider's own clock, where it tells; the checkpoint is the latest."""
        ...

    def find(self, api: Api, external_id: str) -> LookupById:
        """One contact by its id, where the provider can be asked so."""
        ...

    def read(self, payload: Any) -> GivenContact:
        """What the payload says. Never raises, whatever JSON it is."""
        ...


def rows_of(source: str, body: Any, key: str) -> list[Any]:
    """The list under `key`; ContractChanged when the answer has another shape."""
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ContractChanged(f"{source}: an answer has no list under {key!r}")
    return rows


def listing(source: str, key: str) -> Callable[[Any], object]:
    """What `Api.get` expects of a page: a list under `key`."""
    return lambda body: rows_of(source, body, key)


def found_by_id(api: Api, path: str, external_id: str, wrapped: str | None) -> LookupById:
    """GET a single contact, at `{id}` in the path; 404 and 410 mean gone, any other refusal that it can't be
    asked so."""
    if external_id in (".", ".."):  # no way to write them: they would be taken for steps along the path
        return LookupById()
    try:
        body = api.get(path.replace("{id}", quote(external_id, safe=""))).body
    except RequestRefused as refused:
        return LookupById(gone=refused.status in (404, 410))
    inner = body.get(wrapped, body) if isinstance(body, dict) and wrapped else body
    return LookupById(payload=inner)


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one: for reading what may be null or another shape."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def plain_id(payload: Any, key: str = "id") -> str | None:
    """The id as text; numbers and text that say the same are one."""
    return id_of(mapping_of(payload).get(key))


def filled(**parts: Any) -> dict[str, Any]:
    """The parts that say something: texts with a letter in them, numbers as text."""
    return {name: text for name, part in parts.items() if (text := text_of(part)) is not None}

"""The protocol of a fetcher: it walks a provider's pages and maps payloads. It stores nothing and decides
nothing.

    for page in fetcher.fetch(api, Start(Mode.FULL)):
        page.payloads   contacts as the provider sent them
        page.cursor     a JSON object; given back in `Start`, `fetch` continues after this page
        page.done       whether the provider has no more pages

A cursor also carries what the walk has found out so far (`problem`, counts), so a walk that another
process resumes is assessed like one that was never interrupted.
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
    """What a walk covers."""

    FULL = "full"
    CHANGED = "incremental"  # what changed since a moment
    NEWEST = "newest"  # the newest first, until everything is known already


@dataclass(frozen=True)
class Start:
    """Where a walk begins: after the stored page of `cursor`, or with changes `since` the checkpoint."""

    mode: Mode = Mode.FULL
    since: datetime | None = None
    cursor: Cursor | None = None
    known: Callable[[Sequence[str]], bool] = lambda _ids: False


@dataclass(frozen=True)
class Page:
    """One page as the provider sent it, and the state of the walk after it.

    `again`: contacts that this walk has read before, selected by their time of change; schema drift leaves
    them out because they aren't a fair sample of the source.
    """

    payloads: Sequence[Any]
    cursor: Cursor
    done: bool = False
    again: bool = False


class WalkSummary(NamedTuple):
    """A finished walk: its last cursor, the number of its rows and of their distinct ids."""

    cursor: Mapping[str, Any]
    rows: int
    unique: int


@dataclass(frozen=True)
class ProviderConnection:
    """How to reach the provider. `limit` is the rate that it allows, in requests a second."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    limit: float
    habits: RetryPolicy = field(default_factory=RetryPolicy)
    secret_params: Mapping[str, str] = field(default_factory=dict, repr=False)  # of every query
    grant: Grant | None = None  # what tokens are asked for with


class LookupById(NamedTuple):
    """The answer to a lookup by id: the payload; or `gone`; or neither, where the provider can't be asked."""

    payload: Any = None
    gone: bool = False


class Fetcher(Protocol):
    """A provider's fetcher for one source, made with the settings of that source."""

    @property
    def settings(self) -> SourceSettings: ...
    @property
    def version(self) -> str:
        """The version of `read`: payloads that another version has read are read again."""
        ...

    @property
    def volatile(self) -> frozenset[str]:
        """Top-level fields that change without an edit; the content hash skips them."""
        ...

    @property
    def modes(self) -> frozenset[Mode]: ...

    def connection(self) -> ProviderConnection: ...

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        """Yield every page from `start` on, until the provider has no more. Raises SourceError when it
        can't continue."""
        ...

    def assess_walk(self, summary: WalkSummary) -> str | None:
        """Give the reason why a finished walk may have missed a contact; None where it is complete."""
        ...

    def external_id(self, payload: Any) -> str | None: ...

    def changed_at(self, payload: Any) -> datetime | None:
        """The contact's last change by the provider's clock, None where it isn't sent; the latest is the
        checkpoint."""
        ...

    def find(self, api: Api, external_id: str) -> LookupById:
        """Look one contact up by its id, where the provider supports that."""
        ...

    def read(self, payload: Any) -> GivenContact:
        """Map the payload to a given contact. Never raises, whatever JSON it is."""
        ...


def rows_of(source: str, body: Any, key: str) -> list[Any]:
    """The list under `key` of an answer. Raises ContractChanged when the answer has another shape."""
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ContractChanged(f"{source}: an answer has no list under {key!r}")
    return rows


def listing(source: str, key: str) -> Callable[[Any], object]:
    """The check that `Api.get` runs on a page: there is a list under `key`."""
    return lambda body: rows_of(source, body, key)


def found_by_id(api: Api, path: str, external_id: str, wrapped: str | None) -> LookupById:
    """GET a single contact, `{id}` in the path standing for its id; 404 and 410 mean gone, any other
    refusal that the provider can't be asked by id."""
    if external_id in (".", ".."):  # no way to write them: they would be taken for steps along the path
        return LookupById()
    try:
        body = api.get(path.replace("{id}", quote(external_id, safe=""))).body
    except RequestRefused as refused:
        return LookupById(gone=refused.status in (404, 410))
    inner = body.get(wrapped, body) if isinstance(body, dict) and wrapped else body
    return LookupById(payload=inner)


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one: to read what may be null or of another shape."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def plain_id(payload: Any, key: str = "id") -> str | None:
    """The id as text, the same for a number and for the text of that number."""
    return id_of(mapping_of(payload).get(key))


def filled(**parts: Any) -> dict[str, Any]:
    """The parts that aren't empty: texts that hold a letter, numbers as text."""
    return {name: text for name, part in parts.items() if (text := text_of(part)) is not None}

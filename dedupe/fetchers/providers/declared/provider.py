"""The fetcher of a declared provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import jmespath

from dedupe.fetchers.fetcher import (
    LookupById,
    Mode,
    Page,
    ProviderConnection,
    Start,
    WalkSummary,
    found_by_id,
)
from dedupe.fetchers.given import time_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.mapping import extended, found
from dedupe.fetchers.providers.declared.answers import Answers
from dedupe.fetchers.providers.declared.bodies import ACCEPT, with_key
from dedupe.fetchers.providers.declared.completeness import reason_of
from dedupe.fetchers.providers.declared.credentials import grant_of, headers_of, secret_params_of
from dedupe.fetchers.providers.declared.cursor_walk import CursorWalk
from dedupe.fetchers.providers.declared.declaration import NUMBERED, Declaration
from dedupe.fetchers.providers.declared.mistakes import checked
from dedupe.fetchers.providers.declared.numbered_walk import NumberedWalk
from dedupe.fetchers.providers.declared.page_requests import DeclaredRequests, since_text
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact, Kind


@dataclass(frozen=True)
class Declared:
    """The fetcher of one account of a declared provider."""

    settings: SourceSettings
    declared: Declaration
    version: str = "declared-1"

    @property
    def volatile(self) -> frozenset[str]:
        return frozenset(self.declared.volatile)

    @property
    def modes(self) -> frozenset[Mode]:
        return frozenset({Mode.FULL, Mode.CHANGED} if self.declared.incremental else {Mode.FULL})

    def connection(self) -> ProviderConnection:
        own, secrets = self.declared, self.settings.secrets
        accept = {"Accept": ACCEPT[own.format]} if own.format in ACCEPT else {}
        return ProviderConnection(
            self.settings.base_url or own.base_url,
            {**accept, **headers_of(own, secrets)},
            own.limit,
            secret_params=secret_params_of(own, secrets),
            grant=grant_of(own, secrets),
        )

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        since = start.since if start.mode is Mode.CHANGED else None
        moment = None if since is None else since_text(self.declared, since)
        cursor = start.cursor or {"since": moment}
        requests = DeclaredRequests(self.declared, self.settings, cursor.get("since"))
        whole = cursor.get("since") is None
        walk = NumberedWalk if self.declared.paging in NUMBERED else CursorWalk
        return walk(self.declared, self._answers, requests, api, whole).pages(cursor)

    def assess_walk(self, summary: WalkSummary) -> str | None:
        return reason_of(self.declared, summary)

    def external_id(self, payload: Any) -> str | None:
        return self._answers.id(payload)

    def changed_at(self, payload: Any) -> datetime | None:
        return time_of(found(self._changed, payload)) if self._changed is not None else None

    def find(self, api: Api, external_id: str) -> LookupById:
        if not self.declared.one:
            return LookupById()
        answer = found_by_id(api, DeclaredRequests(self.declared, self.settings).one(), external_id, None)
        if answer.payload is None:
            return answer
        row = found(jmespath.compile(self.declared.one_row), answer.payload)
        named = with_key(row, self.declared.key_as, external_id) if self.declared.key_as else row
        return LookupById(named, answer.gone)

    def read(self, payload: Any) -> GivenContact:
        return extended({"kind": Kind.PERSON}, payload, self.settings.mapping)

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.settings.name, self.declared)

    @cached_property
    def _changed(self) -> Any:
        return jmespath.compile(self.declared.updated_at) if self.declared.updated_at else None


def declared_provider(settings: SourceSettings) -> Declared:
    """The fetcher of a declared source. Raises ConfigurationError with every mistake of the declaration."""
    return Declared(settings, checked(settings))

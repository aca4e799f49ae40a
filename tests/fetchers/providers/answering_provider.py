"""A provider that answers by a function, and walks of a source that is declared for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dedupe.fetchers.fetcher import Start
from dedupe.simulators.server.http import Response, Server, SimulatedRequest
from tests.fetchers.providers.changing_list import Walked, source, walked


@dataclass
class Script:
    """Answers by a function; remembers what was asked."""

    respond: Callable[[SimulatedRequest], Any]
    url: str = ""
    requests: list[SimulatedRequest] = field(default_factory=list)

    def answer(self, request: SimulatedRequest) -> Response:
        self.requests.append(request)
        told = self.respond(request)
        return told if isinstance(told, Response) else Response(200, json.dumps(told).encode())

    @property
    def asked(self) -> list[str]:
        return [f"{one.path}?{'&'.join(f'{k}={v}' for k, v in one.query)}" for one in self.requests]

    def walk(self, path: str = "/people", start: Start | None = None, **options: Any) -> Walked:
        settings = {key: options.pop(key) for key in ("secrets", "base_url") if key in options}
        return walked(source(self.url + path, options, **settings), start)


@contextmanager
def answering(respond: Callable[[SimulatedRequest], Any]) -> Iterator[Script]:
    script = Script(respond)
    with Server(script.answer, "script", 0) as server:
        script.url = server.url
        yield script


def row(*keys: int) -> list[dict[str, int]]:
    return [{"id": key} for key in keys]

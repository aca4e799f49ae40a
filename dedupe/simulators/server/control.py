"""Switches and changes over HTTP, for a person who tries things out: `/_control/…` on every simulator.

    GET    /_control/faults          what is switched on, and what could be
    POST   /_control/faults          ["failing=10", …] or {"failing": 10}: exactly these from now on
    GET    /_control/counts          requests, pages and answers by status so far
    POST   /_control/contacts        a payload, or nothing for a person nobody has seen: inserted
    PATCH  /_control/contacts/{id}   keys to set
    DELETE /_control/contacts/{id}

Nothing but loopback protects it.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import AbstractContextManager
from typing import Any, Protocol

from dedupe.errors import InputError
from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.server.faults import FAULTS, Switchboard, valid_faults
from dedupe.simulators.server.http import Response, SimulatedRequest


class Controlled(Protocol):
    """A running simulator, as the control endpoints see it."""

    @property
    def provider(self) -> str: ...
    @property
    def guard(self) -> AbstractContextManager[object]: ...
    @property
    def faults(self) -> Switchboard: ...
    @property
    def counts(self) -> Counter[str]: ...

    def get(self, external_id: str) -> Payload | None: ...
    def insert(self, payload: Payload | None = None) -> str: ...
    def edit(self, external_id: str, /, **changes: Any) -> None: ...
    def delete(self, external_id: str) -> None: ...


def control(simulator: Controlled, request: SimulatedRequest) -> Response:
    try:
        with simulator.guard:
            return Response(200, encoded(_controlled(simulator, request)))
    except KeyError:
        return Response(404, encoded({"error": "there is no such contact"}))
    except (InputError, ValueError, TypeError, AttributeError) as error:
        return Response(400, encoded({"error": str(error)}))


def _controlled(simulator: Controlled, request: SimulatedRequest) -> Any:
    what, _, external_id = request.path.removeprefix("/_control/").partition("/")
    method, body = request.method, json.loads(request.body or b"null")
    if what == "faults" and method in ("GET", "POST", "PUT"):
        if method != "GET":
            simulator.faults.set(body or [])
        valid = {name: FAULTS[name].description for name in valid_faults(simulator.provider)}
        return {"faults": simulator.faults.listed(), "valid": valid}
    if what == "counts" and method == "GET":
        return dict(simulator.counts)
    if what == "contacts" and method == "POST":
        return {"id": simulator.insert(body)}
    if what == "contacts" and method == "PATCH":
        simulator.edit(external_id, **(body or {}))
        return simulator.get(external_id)
    if what == "contacts" and method == "DELETE":
        simulator.delete(external_id)
        return {}
    raise InputError("there are /_control/faults, /_control/counts and /_control/contacts")

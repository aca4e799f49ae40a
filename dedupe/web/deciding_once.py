"""A decision over HTTP: made once for each idempotency key, or only previewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request
from pydantic import StringConstraints, TypeAdapter
from starlette.responses import JSONResponse

from dedupe.review import deciding
from dedupe.review.preview import FieldChange, Preview, previewed
from dedupe.review.queue import Listed
from dedupe.review.recording import LONGEST_NOTE, DecisionResult
from dedupe.storage import idempotency
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.tokens import Scope
from dedupe.web.answers import EventShown, event_shown
from dedupe.web.problem_types import KEY_REUSED, NAMED_TWICE
from dedupe.web.problems import Problem, responses
from dedupe.web.services import Services

Deciding = Callable[[Connection, Visitor], DecisionResult]

Note = Annotated[str, StringConstraints(max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$")]
Seen = Annotated[
    str, StringConstraints(max_length=200_000, pattern=r"^[0-9a-f]{48}(\.[0-9a-f]{48})*$")
]  # as version_token.token makes it
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="The same key with the same request acts once and gets the same answer.",
    ),
]
Previewed = Annotated[
    bool, Query(alias="preview", description="tell what would become of it, and do nothing")
]


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """What would be published. An act on golden contacts takes `seen`: it is refused if anything changed
    since."""

    seen: str
    before: list[GoldenContact]
    after: list[GoldenContact]
    changes: list[FieldChange]
    events: list[EventShown]
    questions_gone: list[Listed]
    questions_new: list[Listed]


PREVIEW: dict[int | str, dict[str, Any]] = {200: {"model": PreviewShown, "description": "The preview"}}
ACT: dict[str, Any] = {
    "status_code": 201,
    "response_model": DecisionResult,
    "responses": {**responses(404, 409), **PREVIEW},
}
"""How a route that decides is declared."""
_DECIDED = TypeAdapter(DecisionResult)
_PREVIEW = TypeAdapter(PreviewShown)


def decide_once(
    services: Services,
    request: Request,
    key: str | None,
    body: Any,
    decide: Deciding,
    *,
    preview: bool = False,
    scope: Scope = Scope.REVIEW,
    status_code: int = 201,
    answer: TypeAdapter[Any] | None = None,
) -> JSONResponse:
    """Decide under the publish lock, or tell what would come of it; a repeated idempotency key gets the
    stored answer. `answer`: how it is written where it is more than a DecisionResult."""
    with services.enter(request, scope) as (_, visitor):
        pass
    if preview:
        told = previewed(services.database, visitor, lambda connection: decide(connection, visitor))
        return JSONResponse(_PREVIEW.dump_python(preview_shown(told), mode="json"))
    content = json.dumps([request.scope["route"].path, body], sort_keys=True).encode()
    with deciding.publishing(services.database) as connection:
        if key is not None:
            before = idempotency.recall(connection, visitor.who, key, content)
            if before is not None and not before.same_request:
                raise Problem(KEY_REUSED, "This Idempotency-Key was used for another request.")
            if before is not None:
                return JSONResponse(before.response, before.status_code)
        said = (answer or _DECIDED).dump_python(decide(connection, visitor), mode="json")
        if key is not None:
            idempotency.remember(connection, visitor.who, key, content, status_code, said)
    return JSONResponse(said, status_code)


def preview_shown(told: Preview) -> PreviewShown:
    return PreviewShown(
        told.seen,
        told.before,
        told.after,
        told.changes,
        [event_shown(event) for event in told.events],
        told.questions_gone,
        told.questions_new,
    )


def each_once(ids: list[UUID]) -> None:
    """Refuse ids of which one is named twice: raises Problem (409)."""
    if len(set(ids)) != len(ids):
        raise Problem(NAMED_TWICE, "One is named twice: name each once.")

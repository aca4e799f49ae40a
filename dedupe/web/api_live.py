"""The API that sources tell changes to: contacts by source and external id, and signed webhooks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from dedupe.errors import ConfigurationError, SignatureRefused
from dedupe.fetchers.given import time_of
from dedupe.fetchers.http.raw_json import parse_json
from dedupe.fetchers.live_change import LiveChange
from dedupe.pipeline.live_changes import ChangeVerdict, Outcome
from dedupe.storage import idempotency
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Text
from dedupe.web.deciding_once import Key
from dedupe.web.problem_types import BUSY, DELIVERY_REPEATED, KEY_REUSED
from dedupe.web.problems import Problem, mistake_of, responses
from dedupe.web.services import Services
from dedupe.web.told_together import Answer, ToldRequest, ToldTogether

ACCEPTED = 202
AT_ONCE = 4  # deliveries at work at the same time, apart from all other requests; see api_lookups.AT_ONCE
_UNSIGNED = "This isn't signed as the source's deliveries are, or not in these minutes; the log says which."
MOST_CONTACTS = 1000  # of one request (chosen)
SourceName = Annotated[str, Path(description="a source's name in the configuration", max_length=63)]


class ToldContact(Body):
    """A contact as its source tells it: `contact` as the source's own list would show it (of a source with
    provider = "file": column → text), or `deleted`."""

    external_id: Text
    contact: dict[str, Any] | None = None
    deleted: bool = False
    as_of: datetime | None = None


class ToldBody(Body):
    """Changes of one source, in the order in which they happened. Each row is judged by itself: one that
    can't be taken is answered with its reason, and the others are taken."""

    source: Text
    contacts: list[Any] = Field(
        min_length=1,
        max_length=MOST_CONTACTS,
        description="each {external_id, contact} or {external_id, deleted: true}; as_of: of when, if not now",
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "source": "forms",
                    "contacts": [
                        {
                            "external_id": "42",
                            "contact": {"full_name": "Ann Lee", "email": "ann@example.org"},
                        },
                        {"external_id": "7", "deleted": True},
                    ],
                }
            ]
        },
    )


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of each change, in the order sent, and how many of each. All of it is stored, for good;
    golden contacts follow in the background."""

    results: list[Result]
    counts: dict[str, int]
    columns_not_read: dict[str, int]


_TOLD = TypeAdapter(Told)
_NAMES_A_COLUMN = re.compile(r"[A-Za-z][A-Za-z_.\- ]{0,39}[0-9]{0,2}")
_log = structlog.stdlib.get_logger("dedupe.web")


def router(services: Services) -> APIRouter:
    together = ToldTogether(partial(_told, services))
    api = APIRouter(
        prefix="/v1", tags=["live changes"], responses=responses(400, 401, 403, 404, 413, 421, 422, 503)
    )

    @api.post(
        "/source-contacts",
        operation_id="tell_source_contacts",
        status_code=202,
        response_model=Told,
        responses=responses(409),
    )
    async def tell(request: Request, body: ToldBody, key: Key = None) -> Response:
        """One contact or a batch, of one source, by their ids there. Stored before it is answered; 503 with
        Retry-After where more is told than can be stored."""
        told = ToldRequest(request, await request.body(), key, len(body.contacts))
        return await together.tell(body.source, told)

    return api


def webhooks(services: Services) -> APIRouter:
    at_once = CapacityLimiter(AT_ONCE)
    api = APIRouter(
        prefix="/v1", tags=["live changes"], responses=responses(400, 401, 404, 409, 413, 421, 422, 503)
    )

    @api.post(
        "/webhooks/{source}",
        operation_id="deliver_webhook",
        status_code=202,
        response_model=Told,
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        },
    )
    async def deliver(request: Request, source: SourceName) -> JSONResponse:
        """What a source tells by itself, signed by HMAC-SHA256 over `TIMESTAMP.BODY` in the headers that its
        configuration names. 401 without a right signature of these minutes; 409 for a delivery that was taken
        before."""
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        return await to_thread.run_sync(_delivered, services, source, headers, body, limiter=at_once)

    return api


def _told(services: Services, source: str, told: Sequence[ToldRequest]) -> list[Answer]:
    """Store what these requests tell, in one transaction."""
    with _refusing(), services.database.begin() as connection:
        answers = [_known(services, connection, one) for one in told]
        fresh = [at for at, one in enumerate(answers) if isinstance(one, Visitor)]
        rows = {at: [_change(row) for row in parse_json(told[at].content)["contacts"]] for at in fresh}
        changes = [row for at in fresh for row in rows[at] if isinstance(row, LiveChange)]
        verdicts = iter(services.live.store(connection, source, changes)) if fresh else iter(())
        every = {
            at: [next(verdicts) if isinstance(row, LiveChange) else row for row in rows[at]] for at in fresh
        }
        given = {at: _answer(every[at]) for at in fresh}
        for at, answer in given.items():
            who = answers[at]
            if (key := told[at].key) is not None and isinstance(who, Visitor):
                idempotency.remember(connection, who.who, key, told[at].content, ACCEPTED, answer)
    services.live.tell([one for verdicts in every.values() for one in verdicts])
    return [
        one if not isinstance(one, Visitor) else JSONResponse(given[at], ACCEPTED)
        for at, one in enumerate(answers)
    ]


def _known(services: Services, connection: Connection, told: ToldRequest) -> Answer | Visitor:
    """Who tells; or the answer, where the request may not or was answered before."""
    try:
        visitor = services.visitor(connection, told.request, Scope.INTAKE, "api")
    except Problem as refused:
        return refused
    if told.key is None:
        return visitor
    idempotency.take(connection, visitor.who, told.key)
    before = idempotency.recall(connection, visitor.who, told.key, told.content)
    if before is None:
        return visitor
    if not before.same_request:
        return Problem(KEY_REUSED, "This Idempotency-Key was used for another request.")
    return JSONResponse(before.response, before.status_code)


def _delivered(services: Services, source: str, headers: dict[str, str], body: bytes) -> JSONResponse:
    try:
        signed = services.live.signed(source, headers, body)
    except SignatureRefused as refused:
        _log.warning("webhook refused", reason=str(refused))
        raise Problem(401, _UNSIGNED, {"WWW-Authenticate": "Signature"}) from None
    with _refusing(), services.database.begin() as connection:
        verdicts = services.live.deliver(connection, source, signed, body)
    if verdicts is None:
        raise Problem(DELIVERY_REPEATED, "This very delivery was taken before.")
    services.live.tell(verdicts)
    return JSONResponse(_answer(verdicts), ACCEPTED)


@contextmanager
def _refusing() -> Iterator[None]:
    """What only the operator can mend is told to the sender as a time to try again."""
    try:
        yield
    except ConfigurationError as error:
        _log.error("live changes can't be taken", reason=str(error))
        raise Problem(BUSY, "Changes can't be taken now; the log says why.", {"Retry-After": "60"}) from None


def _change(row: Any) -> LiveChange | ChangeVerdict:
    """The change of a row; a verdict on one that is none, without repeating it."""
    try:
        told = ToldContact.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        known = [str(step) for step in first["loc"] if step in ToldContact.model_fields]
        return ChangeVerdict(Outcome.REFUSED, f"{'.'.join(known) or 'the row'}: {mistake_of(first).problem}")
    if (told.contact is None) != told.deleted:
        return ChangeVerdict(Outcome.REFUSED, "give contact, or deleted: true: one of them")
    return LiveChange(told.external_id, told.contact, told.deleted, as_of=time_of(told.as_of))


def _answer(verdicts: Sequence[ChangeVerdict]) -> Any:
    counts = Counter(one.outcome.value for one in verdicts)
    results = [Result(one.outcome, one.reason) for one in verdicts]
    unread = Counter(_shown(column) for one in verdicts for column in one.unread)
    return _TOLD.dump_python(Told(results, dict(counts), dict(unread)), mode="json")


def _shown(column: str) -> str:
    """The name of a column as it may be answered: what is no name of a column may be a value."""
    return column if _NAMES_A_COLUMN.fullmatch(column) else "(another)"

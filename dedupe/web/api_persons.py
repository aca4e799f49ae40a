"""The API of requests of persons: access to what is stored of them, and erasure with its certificate and
acknowledgements; scope admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import JSONResponse, Response

from dedupe.errors import InputError
from dedupe.pipeline import access_requests, erasure_certificate, erasure_recipients
from dedupe.pipeline.access_scope import AccessQuery, FoundContact
from dedupe.pipeline.erasure_recipients import LONGEST_NAME, Receipt, ToldErasure
from dedupe.storage import erasure_certificates
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Text
from dedupe.web.deciding_once import Note, Previewed
from dedupe.web.problem_types import NO_ERASURE_KEY
from dedupe.web.problems import Problem, responses, telling_operators
from dedupe.web.services import Services

MOST_KEYS = 100  # of one request (chosen)
ERASURES_AT_ONCE = 100
"""The most erasures of one answer (chosen)."""

ErasureId = Annotated[UUID, Path(description="an erasure's id")]
NOT_BLANK = r"^[^\x00]*[^\s\x00-\x1f][^\x00]*$"  # as Python's strip() has blanks
KeyOfPerson = Annotated[str, Field(max_length=1000, pattern=NOT_BLANK)]


class AccessBody(Body):
    """`keys`: emails, phones, golden ids, `source:id`; `only`: of those found these source contacts alone."""

    keys: list[KeyOfPerson] = Field(min_length=1, max_length=MOST_KEYS)
    only: list[Text] = Field([], max_length=1000, description="source:id of those found; default: all")
    staff_names: bool = Field(False, description="name those who looked and decided")

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"keys": ["ann@example.org", "crm:17"]}]}
    )


@dataclass(frozen=True, slots=True)
class FoundShown:
    source: str
    external_id: str
    golden_id: UUID | None
    because: str
    gone_at: datetime | None
    doubtful: bool


@dataclass(frozen=True, slots=True)
class ScopeShown:
    """Whose data the answer would hold, who was found as well, and the kinds of keys that several people
    hold, by which nobody is chosen."""

    included: list[FoundShown]
    left_out: list[FoundShown]
    shared: list[str]


@dataclass(frozen=True, slots=True)
class AccessDocument:
    """Everything stored of a person; docs/access-requests.md describes it."""

    format: str
    made_at: datetime
    made_by: str
    asked_for: list[str]
    data_held: bool
    source_contacts: list[dict[str, Any]]
    information: dict[str, Any]
    left_out: list[dict[str, Any]]
    look_at_before_handing_out: list[str]
    may_be_held_elsewhere: list[str]
    data: dict[str, dict[str, Any]]


class EraseBody(Body):
    """`what`: `source:id`, emails and phones; of the last two every source contact goes that holds one."""

    what: list[KeyOfPerson] = Field(min_length=1, max_length=MOST_KEYS)

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"what": ["crm:17"]}]})


class AcknowledgementBody(Body):
    recipient: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NOT_BLANK)]
    note: Note = ""


class CertificateBody(Body):
    """A certificate as it was handed out."""

    certificate: dict[str, Any]
    sha256: Annotated[str, Field(max_length=200)]
    hmac_sha256: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class ErasureShown:
    """The certificate, where the erasure is at each recipient, and which have not acknowledged it."""

    certificate: dict[str, Any]
    sha256: str
    hmac_sha256: str
    receipts: list[Receipt]
    open: list[str]


@dataclass(frozen=True, slots=True)
class Erased:
    """`rows`: what went, by table; `remaining`: the other members of their golden contacts."""

    source_contacts: int
    rows: dict[str, int]
    remaining: list[str]
    erasure: ErasureShown


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """Who would be erased, and what would go; nothing was done."""

    source_contacts: list[str]
    rows: dict[str, int]
    remaining: list[str]


@dataclass(frozen=True, slots=True)
class Erasures:
    erasures: list[ErasureShown]
    before: UUID | None  # ask for those before with this


@dataclass(frozen=True, slots=True)
class VerifiedShown:
    """`signed`: null where no key is configured; `stored`: this service made it."""

    id: UUID | None
    right: bool
    problems: list[str]
    signed: bool | None
    stored: bool


_SCOPE, _ERASED = TypeAdapter(ScopeShown), TypeAdapter(Erased)
_ERASURE_PREVIEW = TypeAdapter(ErasurePreview)
_PREVIEW: dict[int | str, dict[str, Any]] = {200: {"model": ScopeShown, "description": "The preview"}}


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1", tags=["requests of persons"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )
    _add_access(api, services)
    _add_erasures(api, services)
    _add_certificates(api, services)
    return api


def _add_access(api: APIRouter, services: Services) -> None:
    @api.post(
        "/access-requests",
        operation_id="answer_access_request",
        status_code=201,
        response_model=AccessDocument,
        responses={**_PREVIEW, **responses(404, 409)},
    )
    def access(request: Request, body: AccessBody, preview: Previewed = False) -> Response:
        """Everything stored of a person. Look first: `preview` tells whose data it would be. 409 where
        several people hold what is asked for and nobody can tell which of them asks."""
        with services.enter(request, Scope.ADMIN) as (_, visitor):
            pass
        query = AccessQuery(tuple(body.keys), tuple(body.only), body.staff_names)
        if preview:
            with telling_operators():
                scope = access_requests.preview(services.database, query, services.access_rules)
            shown = ScopeShown(
                [_found(one) for one in scope.included], [_found(one) for one in scope.aside], scope.shared
            )
            return JSONResponse(_SCOPE.dump_python(shown, mode="json"))
        with telling_operators():
            made = access_requests.answer(services.database, visitor, query, services.access_rules)
        return Response(access_requests.as_json(made.document), 201, media_type="application/json")


def _add_erasures(api: APIRouter, services: Services) -> None:
    @api.post(
        "/erasures",
        operation_id="erase",
        status_code=201,
        response_model=Erased,
        responses={
            **responses(404, 409),
            200: {"model": ErasurePreview, "description": "The preview"},
        },
    )
    def erase(request: Request, body: EraseBody, preview: Previewed = False) -> Response:
        """Erase source contacts for good; the answer holds the certificate. It can't be undone, and to send
        it again does no harm. 503 while a source is walked or a night runs."""
        with services.enter(request, Scope.ADMIN) as (_, visitor):
            pass
        if services.erase is None:
            raise Problem(
                NO_ERASURE_KEY,
                "Nobody can be erased here: no privacy.erasure_key_env (or _file) names a key.",
            )
        with telling_operators():
            done = services.erase(services.database, visitor, body.what, dry_run=preview)
        rows = {table: count for table, count in done.rows.items() if count}
        if preview:
            shown = ErasurePreview(list(done.erased), rows, list(done.remaining))
            return JSONResponse(_ERASURE_PREVIEW.dump_python(shown, mode="json"))
        with services.database.begin() as connection:
            told = erasure_recipients.told(connection, done.certificate.id, _webhooks(services))
        answer = Erased(done.contacts, rows, list(done.remaining), _shown(told))
        return JSONResponse(_ERASED.dump_python(answer, mode="json"), 201)

    @api.get("/erasures", operation_id="erasures")
    def every(
        request: Request,
        before: Annotated[UUID | None, Query(description="the `before` of the answer before")] = None,
        limit: Annotated[int, Query(ge=1, le=ERASURES_AT_ONCE)] = ERASURES_AT_ONCE,
    ) -> Erasures:
        """The erasures, the latest first."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            found = [
                _shown(erasure_recipients.told(connection, one.id, _webhooks(services)))
                for one in erasure_certificates.listed(connection, limit, before)
            ]
        last = UUID(found[-1].certificate["id"]) if len(found) == limit else None
        return Erasures(found, last)

    @api.get("/erasures/{erasure}", operation_id="erasure", responses=responses(404))
    def one(request: Request, erasure: ErasureId) -> ErasureShown:
        """One erasure: its certificate, and who has acknowledged it."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return _shown(erasure_recipients.told(connection, erasure, _webhooks(services)))


def _add_certificates(api: APIRouter, services: Services) -> None:
    @api.post(
        "/erasures/{erasure}/acknowledgements",
        operation_id="acknowledge_erasure",
        status_code=201,
        responses=responses(404),
    )
    def acknowledge(request: Request, erasure: ErasureId, body: AcknowledgementBody) -> ErasureShown:
        """Note that a recipient without a webhook, as of an export, has erased too."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            erasure_recipients.acknowledge(connection, visitor, erasure, body.recipient, body.note)
            return _shown(erasure_recipients.told(connection, erasure, _webhooks(services)))

    @api.post("/certificates/verify", operation_id="verify_certificate")
    def verify(request: Request, body: CertificateBody) -> VerifiedShown:
        """Whether a certificate is as it was made."""
        key = services.access_rules.erasure_key
        with services.enter(request, Scope.ADMIN) as (connection, _):
            try:
                found = erasure_certificate.verified(connection, key, body.model_dump())
            except InputError as error:
                return VerifiedShown(None, right=False, problems=[str(error)], signed=None, stored=False)
        return VerifiedShown(found.id, not found.problems, list(found.problems), found.signed, found.stored)


def _webhooks(services: Services) -> list[str]:
    return [one.name for one in services.subscriptions]


def _found(one: FoundContact) -> FoundShown:
    return FoundShown(one.source, one.external_id, one.golden_id, one.because, one.gone_at, one.doubtful)


def _shown(one: ToldErasure) -> ErasureShown:
    document = erasure_certificate.as_document(one.certificate)
    return ErasureShown(
        document["certificate"], document["sha256"], document["hmac_sha256"], one.receipts, one.open
    )

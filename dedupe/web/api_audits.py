"""The API's audits: samples drawn to be judged, judging them, and what they measure."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BeforeValidator, Field, Strict

from dedupe.clustering.audit_estimates import Measured, measure_audit
from dedupe.errors import InputError
from dedupe.model import Verdict
from dedupe.review import auditing, deciding
from dedupe.review.auditing import Overview, ShownSample
from dedupe.review.people import Person
from dedupe.storage import audits
from dedupe.storage.access_log import Visitor
from dedupe.storage.audits import Judgement
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body
from dedupe.web.deciding_once import Note
from dedupe.web.problem_types import JUDGEMENT_UNFIT, NOTHING_PUBLISHED
from dedupe.web.problems import Problem, responses
from dedupe.web.services import Services

MOST = 10_000  # units of a sample (chosen)
LARGEST_NUMBER = 2**31 - 1
AuditId = Annotated[UUID, Path(description="an audit's id")]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="of the sample")]


def _whole(given: object) -> object:
    """The value as an integer where it is a whole number: JSON's 5.0 is 5, but neither `"5"` nor `true`
    is."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Whole = Annotated[int, Strict(), BeforeValidator(_whole)]


class DrawBody(Body):
    """About so many golden contacts of several source contacts, and so many near misses."""

    merged: Whole = Field(100, ge=0, le=MOST)
    near: Whole = Field(100, ge=0, le=MOST)


class JudgeBody(Body):
    """Whether a sample is one person."""

    verdict: Verdict
    astray: list[UUID] = Field(
        default_factory=list,
        max_length=1000,
        description="source contacts of a merged one, of another person",
    )
    note: Note = ""
    decide: bool = Field(False, strict=True, description="decide it too: published at once")


@dataclass(frozen=True, slots=True)
class Stratum:
    kind: str  # merged, near
    stratum: str  # the band of probability, and what it rests on
    size: int
    drawn: int


@dataclass(frozen=True, slots=True)
class AuditShown:
    audit: Overview
    strata: list[Stratum]
    next: int | None  # the first sample that was not judged yet
    measured: Measured


@dataclass(frozen=True, slots=True)
class SampleShown:
    """Without what the model thinks of it, which would sway the judge."""

    audit: UUID
    number: int
    kind: str
    question: str
    left: list[Person]
    right: list[Person]
    gone: int  # source contacts that live no longer
    verdict: str | None
    people: int | None
    note: str
    judged_by: str | None
    judged_at: datetime | None
    decision: UUID | None


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Literal["same", "different", "unsure"]
    people: int | None  # told apart in a merged one
    wrong_pairs: int | None
    decision: UUID | None


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1/audits", tags=["audits"], responses=responses(401, 403, 421, 503))
    _add_audits(api, services)
    _add_samples(api, services)
    return api


def _add_audits(api: APIRouter, services: Services) -> None:
    @api.get("", operation_id="audits")
    def listed(request: Request) -> list[Overview]:
        """Every audit, the latest first, and how far it is judged."""
        with services.enter(request, Scope.REVIEW) as (connection, _):
            return auditing.listed(connection)

    @api.post("", operation_id="draw_audit", status_code=201, responses=responses(400, 409, 413, 422))
    def draw(request: Request, body: DrawBody) -> AuditShown:
        """Draw a stratified sample from what is served now. It loads every contact: of a million, minutes.
        409 while nothing is published."""
        try:
            drawn = drawn_by(services, request, body, "api")
        except InputError as error:
            raise Problem(NOTHING_PUBLISHED, str(error)) from None
        with services.database.begin() as connection:
            return audit_shown(connection, drawn)

    @api.get("/{audit_id}", operation_id="audit", responses=responses(404, 422))
    def audit(request: Request, audit_id: AuditId) -> AuditShown:
        """What it was drawn from, and what its judged samples measure, with intervals of 95 %."""
        with services.enter(request, Scope.REVIEW) as (connection, _):
            return audit_shown(connection, audit_id)


def _add_samples(api: APIRouter, services: Services) -> None:
    @api.get("/{audit_id}/samples/{number}", operation_id="audit_sample", responses=responses(404, 422))
    def sample(request: Request, audit_id: AuditId, number: Number) -> SampleShown:
        """Its source contacts, as they are now."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return sample_shown(found_sample(connection, visitor, audit_id, number))

    @api.post(
        "/{audit_id}/samples/{number}/judgement",
        operation_id="judge_sample",
        responses=responses(400, 404, 409, 413, 422),
    )
    def judge(request: Request, audit_id: AuditId, number: Number, body: JudgeBody) -> Judged:
        """Say whether it is one person; a later judgement takes the place of an earlier one."""
        try:
            made = judged_by(services, request, audit_id, number, body, "api")
        except InputError as error:
            raise Problem(JUDGEMENT_UNFIT, str(error)) from None
        return Judged(body.verdict.value, made.people, made.wrong_pairs, made.decision_id)


def drawn_by(services: Services, request: Request, body: DrawBody, door: str) -> UUID:
    with services.enter(request, Scope.REVIEW, door) as (_, visitor):
        pass
    return services.draw(services.database, visitor.who, body.merged, body.near).id


def judged_by(
    services: Services, request: Request, audit_id: UUID, number: int, body: JudgeBody, door: str
) -> Judgement:
    """Save the verdict on a sample, and make a decision of it where that is requested."""
    with services.enter(request, Scope.REVIEW, door) as (_, visitor):
        pass
    with _transaction(services, body.decide) as connection:
        found = auditing.sample_of(connection, audits.get(connection, audit_id), number)
        republish = services.republish if body.decide else None
        return auditing.judge(connection, visitor, found, body.verdict, body.note, body.astray, republish)


def _transaction(services: Services, decide: bool) -> AbstractContextManager[Connection]:
    return deciding.publishing(services.database) if decide else services.database.begin()


def audit_shown(connection: Connection, audit_id: UUID) -> AuditShown:
    chosen = audits.get(connection, audit_id)
    samples = audits.samples(connection, chosen.id)
    drawn = [(one.kind, one.stratum) for one in samples]
    strata = [
        Stratum(row["kind"], row["stratum"], row["size"], drawn.count((row["kind"], row["stratum"])))
        for row in chosen.strata
    ]
    waiting = next((one.number for one in samples if one.verdict is None), None)
    return AuditShown(auditing.overview(chosen, samples), strata, waiting, measure_audit(chosen, samples))


def found_sample(connection: Connection, visitor: Visitor, audit_id: UUID, number: int) -> ShownSample:
    sample = auditing.sample_of(connection, audits.get(connection, audit_id), number)
    return auditing.show(connection, visitor, sample)


def sample_shown(shown: ShownSample) -> SampleShown:
    one = shown.sample
    return SampleShown(
        audit=one.audit_id,
        number=one.number,
        kind=one.kind,
        question=auditing.question(one),
        left=shown.left,
        right=shown.right,
        gone=shown.gone,
        verdict=one.verdict,
        people=one.people,
        note=one.note,
        judged_by=one.judged_by,
        judged_at=one.judged_at,
        decision=one.decision_id,
    )

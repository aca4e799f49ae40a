"""The API's answers to many questions: of one pattern, in one batch; and by a value that they hang on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from starlette.responses import JSONResponse

from dedupe.model import Verdict
from dedupe.review import answering_many, hanging, workbench
from dedupe.review.answering_many import AnsweredAtOnce, Group
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_facets import SharedValue
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Text
from dedupe.web.conditions import Conditions
from dedupe.web.deciding_once import PREVIEW, Key, Note, Previewed, Seen, decide_once
from dedupe.web.problems import responses
from dedupe.web.services import Services


class GroupQuery(Conditions):
    """Which questions: those of a pattern that all other conditions hold for as well."""

    pattern: Text = Field(
        description="in which fields their strongest pairs agree, are similar or differ",
        examples=["given name:different,family name:same,mailbox:same"],
    )


class AnswerManyBody(Body):
    """One answer to many questions."""

    verdict: Verdict
    seen: Seen = Field(description="of GET /v1/review-queue/group: the questions that are answered")
    note: Note = ""


_ANSWERED = TypeAdapter(AnsweredAtOnce)


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))

    @api.get("/review-queue/group", operation_id="review_group")
    def group(request: Request, asked: Annotated[GroupQuery, Query()]) -> Group:
        """Questions of one pattern, as GET /v1/review-queue/facets names it: how many, a sample of five by
        chance, and the `seen` to answer up to 500 of them at once. Those that others are at, or of which a
        second opinion is asked, are none of them."""
        with services.enter(request, Scope.REVIEW):
            pass
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return answering_many.look(connection, visitor, asked.wanted())

    @api.post(
        "/review-queue/answers",
        operation_id="answer_many",
        status_code=201,
        response_model=AnsweredAtOnce,
        responses={**responses(409), **PREVIEW},
    )
    def answers(
        request: Request, body: AnswerManyBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """One answer to all of them, in one batch, published at once; `decision` is the id of the batch, by
        which it is revoked as one. What was answered, changed or taken since, and what live decisions
        contradict, is left out, with the reason."""

        def act(connection: Connection, visitor: Visitor) -> AnsweredAtOnce:
            return answering_many.answer_many(
                connection, services.republish, visitor, body.verdict, body.seen, body.note
            )

        given = body.model_dump(mode="json")
        return decide_once(services, request, key, given, act, preview=preview, answer=_ANSWERED)

    @api.get("/review-queue/values", operation_id="review_values")
    def values(
        request: Request, limit: Annotated[int, Query(ge=1, le=200, description="at most so many")] = 50
    ) -> list[SharedValue]:
        """Emails and phones that both sides of questions hold, those of most questions first: POST
        /v1/value-decisions says of one that several people use it, which answers what hangs on it."""
        with services.enter(request, Scope.REVIEW):
            pass
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return hanging.values(connection, visitor, limit)

    return api

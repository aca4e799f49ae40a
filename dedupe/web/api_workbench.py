"""The API's queue as a workbench: facets, search within it, and views that are kept."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from dedupe.review import progress as review_progress
from dedupe.review import queue, workbench
from dedupe.review.progress import DAYS, QueueProgress
from dedupe.review.workbench import Facets
from dedupe.storage.review_candidates import QueueFilter, QueueOrder
from dedupe.storage.review_views import View
from dedupe.storage.tokens import Scope
from dedupe.web.answers import (
    NOT_BLANK,
    Body,
    CandidatePage,
    QueueCursor,
    Region,
    Text,
    queue_cursor,
    read_queue_cursor,
    within_one_class,
)
from dedupe.web.api_values import match_key
from dedupe.web.conditions import Conditions
from dedupe.web.problems import responses
from dedupe.web.services import Services

Searched = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=NOT_BLANK)]
ViewName = Annotated[
    str, StringConstraints(min_length=1, max_length=workbench.LONGEST_NAME, pattern=NOT_BLANK)
]
_ASKED_BY = ("text", "email", "phone")
_ONE: dict[str, Any] = {
    "oneOf": [
        {
            "required": [one],
            "properties": {each: {"type": "string" if each == one else "null"} for each in _ASKED_BY},
        }
        for one in _ASKED_BY
    ]
}


class QueueSearchBody(Conditions):
    """What to look for in the queue; exactly one of `text`, `email` and `phone`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=within_one_class(_ONE))

    text: Searched | None = Field(
        None,
        description="a part of a name, an email, a phone, an identifier or of source:id, of any member",
        examples=["ann quill"],
    )
    email: Text | None = Field(None, description="that both sides hold, however it is written")
    phone: Text | None = Field(None, description="that both sides hold, however it is written")
    region: Region | None = Field(None, description="of a phone without a country code")
    sort: QueueOrder = Field(QueueOrder.PRIORITY, description="what comes first")
    after: QueueCursor | None = Field(None, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=200, description="at most so many")

    @model_validator(mode="after")
    def _one_of_them(self) -> QueueSearchBody:
        if sum(given is not None for given in (self.text, self.email, self.phone)) != 1:
            raise ValueError("give exactly one of text, email, phone")
        return self

    def searched(self, default_region: str | None) -> QueueFilter:
        """Raises InputError for a text without anything to look for, UnreadableValue for what can be no email
        or phone."""
        if self.text is not None:
            return workbench.holding_words(self.wanted(), self.text)
        field, key = match_key(self.email, self.phone, self.region, default_region)
        return workbench.hanging_on(self.wanted(), field, key)


class ViewBody(Body):
    """What the queue is narrowed to, under a name."""

    name: ViewName = Field(examples=["Germany, held apart"])
    filter: Conditions = Field(description="conditions, as GET /v1/review-candidates takes them")
    shared: bool = Field(False, strict=True, description="whether everybody who reviews sees it")


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    _add_narrowing(api, services)
    _add_views(api, services)
    return api


def _add_narrowing(api: APIRouter, services: Services) -> None:
    @api.get("/review-queue/facets", operation_id="review_facets")
    def facets(request: Request, asked: Annotated[Conditions, Query()]) -> Facets:
        """How many questions there are of each cause, pattern, source, country, range of probability and
        reviewer, among those that all conditions hold for; each with the conditions that narrow to it."""
        with services.enter(request, Scope.REVIEW):
            pass
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return workbench.facets(connection, visitor, asked.wanted())

    @api.post("/review-queue/search", operation_id="search_review_candidates", responses=responses(404))
    def search(request: Request, body: QueueSearchBody) -> CandidatePage:
        """Questions one of whose source contacts is called or reached so, or that hang on an email or phone
        that both sides hold; what is looked for stays out of addresses."""
        position = read_queue_cursor(body.after)
        with services.enter(request, Scope.REVIEW):
            wanted = body.searched(services.default_region)
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            found = queue.queue(connection, visitor, body.limit, position, body.sort, wanted)
        last = queue_cursor(found.last) if found.last else None
        return CandidatePage(found.waiting, found.matching, found.candidates, last)

    @api.get("/review-queue/progress", operation_id="review_progress")
    def progress(
        request: Request,
        days: Annotated[int, Query(ge=1, le=366, description="of the last so many days")] = DAYS,
    ) -> QueueProgress:
        """What waits and since when, what each reviewer answered and how fast, and how often two reviewers
        think the same."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return review_progress.progress(connection, visitor, days)


def _add_views(api: APIRouter, services: Services) -> None:
    @api.get("/review-views", operation_id="review_views")
    def views(request: Request) -> list[View]:
        """Views of the queue: the visitor's, and those that others share."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return workbench.views(connection, visitor)

    @api.post("/review-views", operation_id="keep_review_view", status_code=201)
    def keep(request: Request, body: ViewBody) -> View:
        """Keep a view; the visitor's of the same name is replaced. It holds no text that is searched for."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            said = body.filter.said()
            return workbench.keep_view(connection, visitor, body.name, said, shared=body.shared)

    @api.delete(
        "/review-views/{view_id}",
        operation_id="remove_review_view",
        status_code=204,
        responses=responses(404),
    )
    def remove(request: Request, view_id: Annotated[UUID, Path(description="a view's id")]) -> None:
        """Remove one of the visitor's."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            workbench.remove_view(connection, visitor, view_id)

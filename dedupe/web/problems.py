"""Errors over HTTP as problem+json (RFC 9457); the only place that knows the status of each error.

No answer repeats what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount

from dedupe.errors import ConfigurationError, DecisionContradicts, DedupeError
from dedupe.web import problem_types, problems_of_errors
from dedupe.web.problem_type import BLANK, SPACE, TYPES, ProblemType
from dedupe.web.problem_types import MISCONFIGURED, PARAMETER_UNKNOWN, REQUEST_UNUSABLE

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "15"
_log = structlog.stdlib.get_logger("dedupe.web")


class Mistake(BaseModel):
    """One place of a request that can't be used."""

    where: list[str | int] = Field(
        description="the way to it: body, query or path, then keys and positions",
        examples=[["body", "email"]],
    )
    problem: str = Field(description="what is wrong there; never what was sent", examples=["Field required"])


class ProblemDetails(BaseModel):
    """An error, by RFC 9457. Programs go by `type`; docs/reference/problems.md lists the types."""

    type: str = Field(
        BLANK,
        description="which problem it is; about:blank where the status says all there is",
        examples=[problem_types.EVIDENCE_OUTDATED.urn],
    )
    title: str = Field(description="the same for every problem of the type")
    status: int = Field(description="the status of the answer", examples=[409])
    detail: str | None = Field(None, description="what happened this time, and what to do")
    mistakes: list[Mistake] | None = Field(None, description="of a request that can't be used: where and why")
    path: list[str] | None = Field(None, description="ids of the decisions in the way, in order")
    news: Any = Field(None, description="what the decider should look at now: the candidate as it is")


class Problem(Exception):
    """An error answer raised by a route itself: of a type, or of none where its status says all there is."""

    def __init__(
        self, kind: ProblemType | int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        self.kind = kind if isinstance(kind, ProblemType) else None
        self.status = kind.status if isinstance(kind, ProblemType) else kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more
        super().__init__(detail)


def of_error(error: DedupeError) -> Problem:
    """The problem for an error raised on purpose; one that isn't in the table is a bug of ours."""
    kind = problems_of_errors.of_error(error)
    if kind is None:
        return Problem(500, "This is our mistake; the log says where.")
    more = {"path": error.path} if isinstance(error, DecisionContradicts) else {}
    headers = {"Retry-After": RETRY_SECONDS} if kind.status == 503 else {}
    return Problem(kind, str(error), headers, **more)


@contextmanager
def telling_operators() -> Iterator[None]:
    """What only the operator can mend is in the log, since it names places of the machine."""
    try:
        yield
    except ConfigurationError as error:
        _log.error("the configuration can't be used", reason=str(error))
        raise Problem(MISCONFIGURED, "The configuration can't be used; the log says why.") from None


def response(problem: Problem) -> JSONResponse:
    body = ProblemDetails(
        type=problem.kind.urn if problem.kind else BLANK,
        title=problem.kind.title if problem.kind else HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        **problem.more,
    )
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True),
        problem.status,
        problem.headers,
        media_type=MEDIA_TYPE,
    )


def is_for_programs(path: str) -> bool:
    """Whether a path is one of the API's, where an error is problem+json; elsewhere it is a page."""
    return path.startswith("/v1/") or path in ("/healthz", "/readyz", "/metrics", "/openapi.json")


async def refuse_unknown_parameters(request: Request) -> None:  # one that isn't async costs a thread
    """A misspelled parameter must not quietly mean nothing. Which one it was isn't repeated."""
    known = {name for each in request.scope["route"].dependant.query_params for name in _names(each)}
    if not known.issuperset(request.query_params):
        raise Problem(
            PARAMETER_UNKNOWN, f"This address knows these parameters: {', '.join(sorted(known)) or 'none'}."
        )


def _names(parameter: Any) -> Iterable[str]:
    """The names of a parameter, or of all that a model of parameters holds."""
    model = parameter.field_info.annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        return model.model_fields
    return [parameter.alias]


def install(app: FastAPI, as_page: Callable[[Request, Problem], Response]) -> None:
    """Register the error handlers; `as_page` renders a problem for a person."""

    def present(request: Request, problem: Problem) -> Response:
        return response(problem) if is_for_programs(request.url.path) else as_page(request, problem)

    @app.exception_handler(Problem)
    def _problem(request: Request, error: Problem) -> Response:
        return present(request, error)

    @app.exception_handler(DedupeError)
    def _on_purpose(request: Request, error: DedupeError) -> Response:
        return present(request, of_error(error))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        detail = {
            400: "The body can't be read.",
            404: "There is nothing at this address.",
            405: "This address knows other methods.",
        }
        said = detail.get(error.status_code, HTTPStatus(error.status_code).phrase)
        if error.status_code != 405:
            return present(request, Problem(error.status_code, said, error.headers))
        allowed = {"Allow": ", ".join(_methods(request))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        if request.method == "GET" and not is_for_programs(request.url.path):
            # a form's answer that a browser asks for anew, by reloading it or going back to it
            return RedirectResponse(request.url.path.rpartition("/")[0] or "/", 303)
        return present(request, Problem(405, said, allowed))

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        mistakes = [mistake_of(item) for item in error.errors()]
        return present(
            request, Problem(REQUEST_UNUSABLE, "The request can't be used as it is.", mistakes=mistakes)
        )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route, for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {
        status: {"description": _described(status), "content": {MEDIA_TYPE: schema}} for status in statuses
    }


def _described(status: int) -> str:
    """The status in words, and the types that its problems may have."""
    names = [kind.name for kind in TYPES if kind.status == status]
    told = f" (`type`: `{SPACE}` and one of {', '.join(names)})" if names else ""
    return HTTPStatus(status).phrase + told


def _methods(request: Request) -> list[str]:
    """All methods of a path, over all its routes; the framework names only those of the first."""
    routes = request.app.router.routes
    asked = [
        method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if _answers(routes, request, method)
    ]
    if not asked:  # files, whose routes name no method
        asked = ["GET"]
    return sorted([*asked, "OPTIONS", *(["HEAD"] if "GET" in asked else [])])


def _answers(routes: Sequence[BaseRoute], request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(one.matches(scope)[0] is Match.FULL for one in routes if not isinstance(one, Mount))


_EXPECTED = {
    "uuid": "not an id, which looks like 01a1fbaf-6e8c-725c-9471-fb5005eb2369",
    "datetime_": "not a time, which looks like 2026-03-01T12:30:00Z",
    "timezone_": "not a time with its zone, which looks like 2026-03-01T12:30:00Z",
    "date_": "not a date, which looks like 2026-03-01",
    "string_pattern": "not of the form that /openapi.json describes",
}


def mistake_of(item: Mapping[str, Any]) -> Mistake:
    """The place and kind of a mistake without its input, which names of unknown keys and parse errors
    quote."""
    kind = str(item["type"])
    where = list(item["loc"])
    if kind == "extra_forbidden":
        return Mistake(where=where[:-1], problem="a key that isn't known here")
    if kind == "json_invalid":
        return Mistake(where=where[:1], problem="not JSON")
    for family, expected in _EXPECTED.items():
        if kind.startswith(family):
            return Mistake(where=where, problem=expected)
    return Mistake(where=where, problem=str(item["msg"]).removeprefix("Value error, "))

"""The API's decisions about single values: pins of golden fields, and what is true of an email or phone."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import JSONResponse

from dedupe.errors import UnreadableValue
from dedupe.golden.tables import FIELDS
from dedupe.model import ValueVerdict
from dedupe.normalizers import queries
from dedupe.review import deciding_values
from dedupe.review.recording import DecisionResult
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.web.answers import Body, Region, Text, known_region
from dedupe.web.deciding_once import ACT, Key, Note, Previewed, decide_once, each_once
from dedupe.web.moments import Day
from dedupe.web.problems import responses
from dedupe.web.services import Services

_SAID, _NOT_SAID = {"type": "string"}, {"type": "null"}
_NAMES_SOME = {"required": ["source_contacts"], "properties": {"source_contacts": {"minItems": 1}}}
_VALUE: dict[str, Any] = {
    "allOf": [
        {
            "oneOf": [
                {"required": ["email"], "properties": {"email": _SAID, "phone": _NOT_SAID}},
                {"required": ["phone"], "properties": {"phone": _SAID, "email": _NOT_SAID}},
            ]
        },
        {
            "if": {"properties": {"verdict": {"const": "not_theirs"}}},
            "then": {"anyOf": [{"required": ["since"], "properties": {"since": _SAID}}, _NAMES_SOME]},
            "else": {"properties": {"source_contacts": {"maxItems": 0}, "since": _NOT_SAID}},
        },
    ]
}


class ValueBody(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra=_VALUE)

    email: Text | None = None
    phone: Text | None = None
    region: Region | None = Field(None, description="of a phone without a country code")
    verdict: Literal["shared", "placeholder", "not_theirs"]
    source_contacts: list[UUID] = Field([], max_length=1000, description="whose it is no longer")
    since: Day | None = Field(None, description="no longer theirs who last changed before that day")
    note: Note = ""

    @model_validator(mode="after")
    def _one_value(self) -> ValueBody:
        if (self.email is None) == (self.phone is None):
            raise ValueError("give an email or a phone, one of them")
        if (self.verdict == "not_theirs") != (bool(self.source_contacts) or self.since is not None):
            raise ValueError("not_theirs names source_contacts or since; the others name none")
        return self


class PinBody(Body):
    source_contact: UUID
    field: Literal[*FIELDS]  # type: ignore[valid-type]
    value: Text
    note: Note = ""


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )
    _add_pins(api, services)
    _add_values(api, services)
    return api


def _add_pins(api: APIRouter, services: Services) -> None:
    @api.post("/pins", operation_id="pin", **ACT)
    def pin(request: Request, body: PinBody, key: Key = None, preview: Previewed = False) -> JSONResponse:
        """The golden contact of a source contact shows this value in the field, while a member offers it."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return deciding_values.pin(
                connection,
                services.republish,
                visitor,
                body.source_contact,
                body.field,
                body.value,
                body.note,
            )

        return decide_once(services, request, key, body.model_dump(mode="json"), act, preview=preview)


def _add_values(api: APIRouter, services: Services) -> None:
    @api.post("/value-decisions", operation_id="decide_value", **ACT)
    def decide_value(
        request: Request, body: ValueBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """What is true of an email or phone: several people's, nobody's, or no longer theirs. Published at
        once for those who hold it; where very many do, `run_id` is null and the next night goes by it."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once(body.source_contacts)
            field, key_of_it = match_key(body.email, body.phone, body.region, services.default_region)
            return deciding_values.decide_value(
                connection,
                services.republish,
                visitor,
                field,
                key_of_it,
                ValueVerdict(body.verdict),
                body.source_contacts,
                body.note,
                since=body.since,
            )

        return decide_once(services, request, key, body.model_dump(mode="json"), act, preview=preview)


def match_key(
    email: str | None, phone: str | None, region: str | None, default_region: str | None
) -> tuple[str, str]:
    """The field of an email or a phone and its match key. Raises UnreadableValue for what can be neither."""
    if email is not None:
        field, query = "email", queries.email_query(email)
    else:
        field, query = "phone", queries.phone_query(phone or "", known_region(region) or default_region)
    if not query.keys:
        raise UnreadableValue(f"that is no {field} we could match by")
    return field, query.keys[0]

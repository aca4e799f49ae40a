"""The API's lookups of many values, source contacts and golden ids in one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from dedupe import lookup
from dedupe.lookup import Answered, Asked
from dedupe.normalizers.phones.parsing import REGIONS
from dedupe.storage.golden_contacts import Hit
from dedupe.web.answers import NO_NUL, Body, Region, within_one_class
from dedupe.web.problem_types import TOO_MANY_ASKED
from dedupe.web.problems import Problem, responses
from dedupe.web.services import Services

AT_ONCE = 2
"""Such requests at work at the same time; others wait in order. See api_lookups.AT_ONCE."""
_NO_REGION = "there is no such region of phone numbers: write its two capitals, as US, IL or DE"

Value = Annotated[str, StringConstraints(max_length=1000, pattern=NO_NUL)]
_WAYS = (("email",), ("phone",), ("source", "source_contact"), ("golden_id",))
_SAID = {name: {"type": "string"} for way in _WAYS for name in way}
_ONE_WAY = within_one_class(
    {
        "oneOf": [
            {
                "required": list(way),
                "properties": {
                    name: said if name in way else {"type": "null"} for name, said in _SAID.items()
                },
            }
            for way in _WAYS
        ]
    }
)


class AskedItem(Body):
    """Exactly one of: `email`; `phone`; `source` with `source_contact`; `golden_id`."""

    email: Value | None = Field(None, description="an email address", examples=["ada@example.org"])
    phone: Value | None = Field(None, description="a phone number", examples=["+44 20 7946 0018"])
    region: Region | None = Field(
        None, description="ISO 3166-1 alpha-2, for a phone without country code", examples=["GB"]
    )
    source: Value | None = Field(None, description="a source's name", examples=["crm"])
    source_contact: Value | None = Field(
        None, description="the contact's id in that source", examples=["4711"]
    )
    golden_id: UUID | None = Field(None, description="a golden contact's id, of now or of before")

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_WAY)

    @model_validator(mode="after")
    def _one_way(self) -> AskedItem:
        given = {name for name in _SAID if getattr(self, name) is not None}
        if given not in [set(way) for way in _WAYS]:
            raise ValueError("give exactly one of email, phone, source with source_contact, golden_id")
        return self


class ManyBody(Body):
    """What to look up; the answers come in the same order."""

    lookups: list[AskedItem] = Field(
        min_length=1,
        description=f"at most {lookup.MANY:,}, each by exactly one way",
        json_schema_extra={"maxItems": lookup.MANY},
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lookups": [
                        {"email": "ada@example.org"},
                        {"phone": "020 7946 0018", "region": "GB"},
                        {"source": "crm", "source_contact": "4711"},
                    ]
                }
            ]
        },
    )


@dataclass(frozen=True, slots=True)
class AnsweredItem:
    """What a lookup by itself says of it."""

    status: Annotated[
        Literal["found", "nobody", "merged", "split", "gone", "unknown", "unreadable"],
        Field(
            description="found; nobody has it; a golden id that was merged, was split, is gone or was never "
            "handed out (unknown); or unreadable: what can be no email or phone"
        ),
    ]
    hits: Annotated[list[Hit], Field(description="the golden contacts; none unless found, merged or split")]
    reason: Annotated[str | None, Field(description="why it is unreadable or unknown, and what to do")] = None


@dataclass(frozen=True, slots=True)
class ManyAnswered:
    """The answers, in the order asked."""

    answers: Annotated[list[AnsweredItem], Field(description="one for each lookup, in its place")]


_ANSWERED = TypeAdapter(ManyAnswered)


def router(services: Services) -> APIRouter:
    at_once = CapacityLimiter(AT_ONCE)
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.post("/lookups", operation_id="lookup_many", response_model=ManyAnswered)
    async def find_many(request: Request, body: ManyBody) -> Response:
        """Up to 1,000 lookups at once, by email, phone, source contact or golden id, answered in the order
        asked. What can be no email or phone is answered in its place; the others are looked up. Each is in
        the access log as if it were asked by itself."""
        return await to_thread.run_sync(_answered, services, request, body, limiter=at_once)

    return api


def _answered(services: Services, request: Request, body: ManyBody) -> Response:
    """The response, serialized in the thread of the lookups."""
    with services.look_up(request, len(body.lookups)) as (connection, visitor):
        if len(body.lookups) > lookup.MANY:
            raise Problem(
                TOO_MANY_ASKED,
                f"One request looks up at most {lookup.MANY:,}; this one asks {len(body.lookups):,}: send it "
                "in parts.",
            )
        misread = {at for at, one in enumerate(body.lookups) if (one.region or "US") not in REGIONS}
        asked = [_asked(one, services.default_region) for one in body.lookups]
        kept = [one for at, one in enumerate(asked) if at not in misread]
        found = iter(lookup.many(connection, visitor, kept))
    refused = Answered("unreadable", [], _NO_REGION)
    answers = [refused if at in misread else next(found) for at in range(len(asked))]
    shown = ManyAnswered([AnsweredItem(one.status, one.hits, one.reason) for one in answers])
    return Response(_ANSWERED.dump_json(shown), media_type="application/json")


def _asked(one: AskedItem, region: str | None) -> Asked:
    return Asked(one.email, one.phone, one.region or region, one.source, one.source_contact, one.golden_id)

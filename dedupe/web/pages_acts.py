"""Acts on a golden contact from its page: looked at before they are done, and done as they were looked at."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import RedirectResponse, Response

from dedupe.errors import DecisionContradicts, DecisionRefused, InputError, NotFound
from dedupe.review import deciding, deciding_values, queue
from dedupe.review.acts import Acting
from dedupe.review.preview import previewed
from dedupe.review.recording import LONGEST_NOTE, DecisionResult
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.pages_golden import DOOR, shown
from dedupe.web.rendering import page
from dedupe.web.services import Services
from dedupe.wiring.searching import search

Act = Literal["split", "apart", "move", "join", "confirm", "pin"]


class ActForm(BaseModel):
    """What a form of the page asks for. `member`: the source contacts that are ticked; `other`: the golden
    contact to move them to, or to join with; `offer`: field, source contact and value of a pin, with blanks
    between."""

    model_config = ConfigDict(extra="ignore")

    act: Act = "split"
    member: list[UUID] = Field(default_factory=list, max_length=1000)
    other: UUID | None = None
    offer: Annotated[str, Field(max_length=2000)] = ""
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    seen: Annotated[str, Field(max_length=200_000)] = ""
    asked: Annotated[str, Field(max_length=1000)] = ""
    form_token: str = ""

    @model_validator(mode="after")
    def _pins(self) -> ActForm:
        """The button of a value is in the form of all acts."""
        if self.offer:
            self.act = "pin"
        return self

    @property
    def pinned(self) -> tuple[str, UUID, str]:
        """The field, source contact and value. Raises InputError for what isn't of our page."""
        try:
            field, source_contact, value = self.offer.split(" ", 2)
            return field, UUID(source_contact), value
        except ValueError:
            raise InputError("this form isn't whole: go back and reload the page") from None


Asked = Annotated[ActForm, Form()]


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.post("/golden-contacts/{golden_id}/preview")
    def preview(request: Request, golden_id: UUID, asked: Asked) -> Response:
        """What would come of it, and the form that does it."""
        visitor = _enter(services, request, asked, Scope.REVIEW)

        def acting(connection: Connection) -> DecisionResult:
            return _act(Acting(connection, services.republish, visitor), golden_id, asked, None)

        try:
            told = previewed(services.database, visitor, acting)
        except (DecisionRefused, InputError, NotFound) as refusal:
            return _refused(services, request, golden_id, asked, refusal)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            people = queue.people(connection, visitor, asked.member)
        given: dict[str, Any] = {"visitor": visitor, "golden_id": golden_id, "asked": asked, "preview": told}
        return page(services, request, "act_preview.html", people=people, **given)

    @pages.post("/golden-contacts/{golden_id}/act")
    def act(request: Request, golden_id: UUID, asked: Asked) -> Response:
        visitor = _enter(services, request, asked, Scope.REVIEW)
        try:
            with deciding.publishing(services.database) as connection:
                acting = Acting(connection, services.republish, visitor)
                done = _act(acting, golden_id, asked, asked.seen or None)
        except (DecisionRefused, InputError, NotFound) as refusal:
            return _refused(services, request, golden_id, asked, refusal)
        goes_on = golden_id if golden_id in done.golden_ids else done.golden_ids[0]
        return RedirectResponse(f"/golden-contacts/{goes_on}?decided={done.decision}", 303)

    @pages.post("/golden-contacts/{golden_id}/find")
    def find(request: Request, golden_id: UUID, asked: Asked) -> Response:
        """The other golden contact of a move or a join: searched for, then looked at in a preview."""
        _enter(services, request, asked, Scope.REVIEW)
        if asked.act == "move" and not asked.member:
            refusal = InputError("tick the source contacts to move")
            return _refused(services, request, golden_id, asked, refusal)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = (
                search(services.who, connection, visitor, asked.asked, services.default_region)
                if asked.asked.strip()
                else None
            )
            people = queue.people(connection, visitor, asked.member)
        given: dict[str, Any] = {"visitor": visitor, "golden_id": golden_id, "asked": asked, "found": found}
        return page(services, request, "act_find.html", people=people, **given)

    @pages.post("/golden-contacts/{golden_id}/report")
    def report(request: Request, golden_id: UUID, asked: Asked) -> Response:
        """For everybody who may look: nothing changes, and somebody who decides is asked."""
        visitor = _enter(services, request, asked, Scope.LOOKUP)
        try:
            with deciding.publishing(services.database) as connection:
                acting = Acting(connection, services.republish, visitor)
                acting.report(golden_id, asked.member, asked.note)
        except (DecisionRefused, InputError, NotFound) as refusal:
            return _refused(services, request, golden_id, asked, refusal)
        return RedirectResponse(f"/golden-contacts/{golden_id}?reported=true", 303)

    return pages


def _enter(services: Services, request: Request, asked: ActForm, scope: Scope) -> Any:
    """The visitor. Raises Problem for a form from elsewhere, and without the scope."""
    services.check_form(request, asked.form_token)
    with services.enter(request, scope, DOOR) as (_, visitor):
        return visitor


def _act(acting: Acting, golden_id: UUID, asked: ActForm, seen: str | None) -> DecisionResult:
    if asked.act in ("split", "apart") and not asked.member:
        raise InputError("tick the source contacts that are somebody else")
    match asked.act:
        case "split":
            return acting.split(golden_id, [asked.member], asked.note, seen)
        case "apart":
            return acting.split(golden_id, [[one] for one in asked.member], asked.note, seen)
        case "move":
            return acting.move(asked.member, _other(asked), asked.note, seen)
        case "join":
            return acting.join([golden_id, _other(asked)], asked.note, seen)
        case "confirm":
            return acting.confirm(golden_id, asked.note, seen)
        case "pin":
            field, source_contact, value = asked.pinned
            return deciding_values.pin(
                acting.connection, acting.republish, acting.visitor, source_contact, field, value, asked.note
            )


def _other(asked: ActForm) -> UUID:
    if asked.other is None:
        raise InputError("say with whom: search for the other golden contact")
    return asked.other


def _refused(
    services: Services, request: Request, golden_id: UUID, asked: ActForm, refusal: Exception
) -> Response:
    """The page again, with what stands in the way, and the same ticks."""
    path = refusal.path if isinstance(refusal, DecisionContradicts) else []
    said: dict[str, Any] = {"refusal": refusal, "in_the_way": path, "ticked": asked.member}
    return shown(services, request, golden_id, 409 if isinstance(refusal, DecisionRefused) else 422, **said)

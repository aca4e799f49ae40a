"""The API's golden contact from the inside: what its source contacts offer, and what holds it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from dedupe.review import cluster as clusters
from dedupe.review import offers as offered
from dedupe.review.cluster import Cluster
from dedupe.review.offers import FieldOffers
from dedupe.storage.tokens import Scope
from dedupe.web.problems import responses
from dedupe.web.services import Services

GoldenId = Annotated[UUID, Path(description="a golden contact's id, of one that is served")]


@dataclass(frozen=True, slots=True)
class Offers:
    """What the source contacts of a golden contact offer for each field."""

    golden_id: UUID
    fields: list[FieldOffers]


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 404, 421, 422, 503)
    )

    @api.get("/golden-contacts/{golden_id}/offers", operation_id="offers")
    def offers(request: Request, golden_id: GoldenId) -> Offers:
        """What each source contact offers for each field, which is shown, and by which criterion. Of emails
        and phones, which are all kept: which to use first."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            found = offered.offers(connection, visitor, services.rules.survivorship, golden_id)
        return Offers(golden_id, found)

    @api.get("/golden-contacts/{golden_id}/cluster", operation_id="cluster")
    def cluster(request: Request, golden_id: GoldenId) -> Cluster:
        """Its source contacts, and the links that hold them together, the strongest first."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            return clusters.cluster(connection, visitor, golden_id, services.addresses)

    return api

"""Puts the doors together: the API under /v1, the pages, and what surrounds every request."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from dedupe import __version__
from dedupe.web import api_lookups, operations, problems
from dedupe.web.guarding import Guard, Metrics
from dedupe.web.services import Services

_ABOUT = """Golden contacts by email, phone, source contact and id; the review queue; events.

Errors are problem+json. A token (scopes lookup, review, admin) goes into `Authorization: Bearer`; none is
needed where the service answers on loopback alone."""


def create_app(services: Services) -> FastAPI:
    """The ASGI application. Its life is shorter than that of the services."""
    metrics = Metrics()
    app = FastAPI(
        title="contact-dedupe",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # their pages fetch scripts from elsewhere
        redoc_url=None,
    )
    token = Depends(HTTPBearer(auto_error=False, description="made by `dedupe token`"))
    app.include_router(api_lookups.router(services), dependencies=[token])
    app.include_router(operations.router(services, metrics))
    problems.install(app)
    app.add_middleware(Guard, hosts=services.hosts, metrics=metrics)
    return app

"""From the configuration to a running web server: what `dedupe serve` and the demo call."""

from __future__ import annotations

import socket
from collections.abc import Callable

from fastapi import FastAPI

from dedupe.config import Settings
from dedupe.storage.database import Database
from dedupe.web.app import create_app
from dedupe.web.rate_limits import RateLimit, RateLimits
from dedupe.web.services import Services
from dedupe.web.serving import bound, hosts_for, is_loopback
from dedupe.wiring import person_requests, review_services, rooms
from dedupe.wiring.live import live_intake
from dedupe.wiring.operating import operating
from dedupe.wiring.signing_in import signing_in
from dedupe.wiring.subscriptions import subscriptions


def services(
    settings: Settings, database: Database, local_name: str, told: Callable[[], None] = lambda: None
) -> Services:
    """The services for the configuration. Any address but loopback requires tokens; `local_name` decides
    where none is required. `told`: to be called when a source's changes are stored."""
    host = settings.serve.host
    return Services(
        database,
        review_services.scorer(settings),
        review_services.republish(settings),
        review_services.draw(settings),
        default_region=settings.normalize.fallback_region,
        local_name=local_name,
        tokens_required=not is_loopback(host),
        hosts=hosts_for(host, settings.serve.allowed_hosts),
        live=live_intake(settings, told),
        normalize=rooms.normalize_settings(settings),
        rules=review_services.publish_rules(settings),
        subscriptions=tuple(subscriptions(settings)),
        access_rules=person_requests.rules(settings),
        erase=person_requests.eraser(settings) if settings.privacy.has_erasure_key else None,
        operating=operating(settings),
        signing_in=signing_in(settings),
        limits=RateLimits(
            RateLimit(settings.serve.lookups_a_minute), RateLimit(settings.serve.failures_a_minute)
        ),
        addresses=rooms.addresses(settings),
    )


def listen(settings: Settings) -> tuple[socket.socket, str]:
    """A listening socket and the URL to show. Raises UsageError when the address isn't available."""
    host = settings.serve.host
    listener = bound(host, settings.serve.port)
    named = f"[{host}]" if ":" in host else host
    return listener, f"http://{named}:{listener.getsockname()[1]}"


def application(
    settings: Settings, database: Database, local_name: str, told: Callable[[], None] = lambda: None
) -> FastAPI:
    """The application to serve. Raises ConfigurationError, before anything listens, where nobody could use
    it."""
    return create_app(services(settings, database, local_name, told))

"""The services of the web application, and access to them: one request is one transaction by one visitor."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from starlette.requests import Request

from dedupe.deliveries.subscription import EventSubscription
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.access_requests import AccessRules
from dedupe.review.cluster import Addresses
from dedupe.review.explain.scored_pair import LoadScorer
from dedupe.review.publish_decision import PublishRules
from dedupe.review.recording import Republish
from dedupe.review.restored_state import MadeAnew, maker
from dedupe.review.served_scorer import ServedScorer
from dedupe.review.who import Who
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.tokens import Scope
from dedupe.web.callers import Callers
from dedupe.web.problems import Problem
from dedupe.web.rate_limits import RateLimits, too_many
from dedupe.wiring.live import LiveIntake
from dedupe.wiring.operating import Operating
from dedupe.wiring.person_requests import Erase
from dedupe.wiring.review_services import Draw
from dedupe.wiring.signing_in import SigningIn

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SESSION_COOKIE = "dedupe_session"


@dataclass(frozen=True)
class Services:
    """What routes use. `hosts`: the accepted names in the Host header, without the port."""

    database: Database
    scorer: LoadScorer  # scores pairs for explanations
    republish: Republish  # publishes what a decision changes
    draw: Draw  # draws an audit
    default_region: str | None = None
    local_name: str = "local"  # who decides when no token is required
    tokens_required: bool = False
    hosts: frozenset[str] = LOOPBACK
    live: LiveIntake = field(default_factory=lambda: LiveIntake({}, NormalizeSettings()))
    normalize: NormalizeSettings = field(default_factory=NormalizeSettings)
    rules: PublishRules = field(default_factory=PublishRules)  # of the night
    operating: Operating = field(default_factory=Operating)  # publishes nights, accepts sources
    subscriptions: tuple[EventSubscription, ...] = ()  # other systems that are told of events
    access_rules: AccessRules = field(default_factory=AccessRules)
    addresses: Addresses = field(default_factory=dict)  # of contacts in their sources
    erase: Erase | None = None  # None: no key of the suppression list is configured
    signing_in: SigningIn = field(default_factory=SigningIn)  # besides tokens
    limits: RateLimits = field(default_factory=RateLimits)

    @cached_property
    def callers(self) -> Callers:
        """Says who sends a request."""
        required = self.tokens_required or self.signing_in.is_configured
        return Callers(self.signing_in, self.local_name, required, self.limits)

    @cached_property
    def who(self) -> Who:
        """Asks who somebody is, by the scorer of pairs."""
        return Who(ServedScorer(self.scorer), self.normalize)

    @cached_property
    def make_anew(self) -> MadeAnew:
        """Makes golden contacts of what source contacts say now."""
        return maker(self.scorer, self.rules)

    @contextlib.contextmanager
    def enter(
        self, request: Request, scope: Scope, door: str = "api"
    ) -> Iterator[tuple[Connection, Visitor]]:
        """Open a transaction for a visitor with this scope; it commits when the block succeeds. Raises
        Problem 401 or 403."""
        with self.database.begin() as connection:
            yield connection, self.visitor(connection, request, scope, door)

    @contextlib.contextmanager
    def look_up(self, request: Request, questions: int = 1) -> Iterator[tuple[Connection, Visitor]]:
        """Open a connection for a query that writes the access log itself; each statement is its own
        transaction. `questions`: how many lookups the request counts as."""
        with self.database.each() as connection:
            yield connection, self.visitor(connection, request, Scope.LOOKUP, "api", questions)

    def visitor(
        self, connection: Connection, request: Request, scope: Scope, door: str, questions: int = 1
    ) -> Visitor:
        """The visitor of a request. Raises Problem 401 for nobody where somebody is required, 403 for a
        missing scope, 429 for too many lookups or wrong tokens."""
        caller = self.callers.of(connection, request, door)
        if not caller.allows(scope):
            raise Problem(403, f"This needs the scope {scope.value}, which {_whose(request)} lacks.")
        if caller.scopes is not None and scope is Scope.LOOKUP:
            wait = self.limits.lookups.take(caller.limited_as, questions)
            if wait:
                raise too_many(f"{_whose(request).capitalize()} asks too often.", wait)
        return Visitor(caller.name, door)

    def allows(self, connection: Connection, request: Request, scope: Scope, door: str = "api") -> bool:
        """Whether a visitor who was let in has this scope as well."""
        return self.callers.of(connection, request, door).allows(scope)

    def form_token(self, session: str) -> str:
        """The token that proves that a form came from our page in this browser: who doesn't know its cookie
        can't make it, and whichever of several processes gets the form knows it."""
        return hmac.new(session.encode("utf-8", "surrogatepass"), b"form", sha256).hexdigest()

    def check_form(self, request: Request, given: str) -> None:
        """Refuse a form from elsewhere: raises Problem (403)."""
        session = request.cookies.get(SESSION_COOKIE, "")
        wanted = self.form_token(session)
        if not session or not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode()):
            raise Problem(
                403, "This form is too old or not from here. Go back, reload the page and try again."
            )


def _whose(request: Request) -> str:
    return "this token" if "authorization" in request.headers else "your sign-in"

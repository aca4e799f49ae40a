"""What the review room needs from the configuration: a scorer of pairs, a republisher of decisions, a
sampler."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dedupe.config import Settings
from dedupe.pipeline import auditing
from dedupe.review.explain.scored_pair import LoadScorer
from dedupe.review.publish_decision import PublishRules, republisher
from dedupe.review.published_scorer import published_scorer
from dedupe.review.recording import Republish
from dedupe.review.restored_state import MadeAnew, maker
from dedupe.review.served_scorer import ServedScorer
from dedupe.review.who import Who
from dedupe.storage.audits import Audit
from dedupe.storage.database import Database
from dedupe.wiring import rooms
from dedupe.wiring.files import with_thresholds
from dedupe.wiring.nights import merge_settings

Draw = Callable[[Database, str, int, int], Audit]


def scorer(settings: Settings) -> LoadScorer:
    """A scorer that scores pairs as the published night did, with the configured thresholds."""
    return published_scorer(settings.match.match_staff, partial(with_thresholds, settings=settings))


def who(settings: Settings) -> Who:
    """Asks who somebody is; keeps the scorer in memory for as long as it is served."""
    return Who(ServedScorer(scorer(settings)), rooms.normalize_settings(settings))


def draw(settings: Settings) -> Draw:
    """A function that draws an audit of about so many golden contacts and near misses; one at a time,
    because it loads every contact."""

    def drawn(database: Database, who: str, merged: int, near: int) -> Audit:
        with database.lock("audit") as database:
            return auditing.draw(
                database, merge_settings(settings), rooms.engine(settings), who, merged, near
            )

    return drawn


def republish(settings: Settings, act: str = "decision") -> Republish:
    """A function that publishes what a decision or an erasure changes, by the rules of the night."""
    return republisher(scorer(settings), publish_rules(settings, act))


def publish_rules(settings: Settings, act: str = "decision") -> PublishRules:
    """The rules of the night."""
    night = merge_settings(settings)
    return PublishRules(night.rules, night.code_version, night.configuration_hash, act)


def make_anew(settings: Settings) -> MadeAnew:
    """A function that makes golden contacts of what some source contacts say now, by the same rules."""
    return maker(scorer(settings), publish_rules(settings))

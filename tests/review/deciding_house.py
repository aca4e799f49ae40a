"""A house whose doubtful pairs are looked at and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from dedupe.matching.model.match_model import MatchModel
from dedupe.model import Verdict
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.review import deciding, queue
from dedupe.review.acts import Acting
from dedupe.review.preview import Preview, previewed
from dedupe.review.publish_decision import PublishRules, republisher
from dedupe.review.published_scorer import published_scorer
from dedupe.review.queue import Listed, ShownQuestion
from dedupe.review.recording import DecisionResult
from dedupe.storage import lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.golden_contacts import GoldenContact
from tests.house import House

ADA = Visitor("Ada", "api")


LINK, REVIEW = 0.95, 0.1  # one name is doubtful; one name and one address are one person


def strict(model: MatchModel) -> MatchModel:
    return model.with_thresholds(model.calibration.weight(LINK), model.calibration.weight(REVIEW))


class DecidingHouse(House):
    def __init__(self, database: Database) -> None:
        super().__init__(database, MergeSettings(link_probability=LINK, review_probability=REVIEW))
        self.scorer = published_scorer(adjusted=strict)
        self.republish = republisher(self.scorer, PublishRules())
        self.unshow = republisher(self.scorer, PublishRules(act="erasure"))

    def waiting(self) -> list[Listed]:
        with self.database.begin() as connection:
            return queue.queue(connection, ADA).candidates

    def asked(self) -> set[frozenset[frozenset[str]]]:
        """The questions that wait, each as its two sides of keys."""
        return {
            frozenset(frozenset(person.key for person in side) for side in (one.left, one.right))
            for one in self.waiting()
        }

    def shown(self, question: UUID) -> ShownQuestion:
        with self.database.begin() as connection:
            return queue.show(connection, ADA, self.scorer, question)

    def looks_at_the_only_one(self) -> ShownQuestion:
        [question] = self.waiting()
        return self.shown(question.id)

    def answers(self, shown: ShownQuestion, verdict: Verdict, note: str = "") -> DecisionResult:
        with deciding.publishing(self.database) as connection:
            return deciding.decide(
                connection, self.republish, ADA, shown.question.id, verdict, shown.seen, note
            )

    def decides(self, verdict: Verdict, *sides: str | list[str]) -> DecisionResult:
        """By hand, about these keys."""
        named = [[side] if isinstance(side, str) else side for side in sides]
        seeds = [[self.seed(key) for key in side] for side in named]
        with deciding.publishing(self.database) as connection:
            return deciding.decide_by_hand(connection, self.republish, ADA, seeds, verdict)

    @contextmanager
    def acting(self) -> Iterator[Acting]:
        with deciding.publishing(self.database) as connection:
            yield Acting(connection, self.republish, ADA)

    def previews(self, act: Callable[[Acting], DecisionResult]) -> Preview:
        return previewed(self.database, ADA, lambda connection: act(Acting(connection, self.republish, ADA)))

    def golden(self, key: str) -> UUID:
        """The golden contact of a source contact that has one."""
        found = self.golden_of(key)
        assert found is not None
        return found

    def served(self, *golden_ids: UUID) -> list[GoldenContact]:
        """Those of them that are served, as everybody reads them."""
        with self.database.begin() as connection:
            return [hit.contact for hit in lookups.by_ids(connection, ADA, golden_ids)]

    def is_settled(self) -> bool:
        """A night without news finds everything as the decision left it."""
        return self.merges().status == "unchanged"

    def takes_back(self, decided: DecisionResult | UUID) -> DecisionResult:
        decision = decided if isinstance(decided, UUID) else decided.decision
        with deciding.publishing(self.database) as connection:
            return deciding.revoke(connection, self.republish, ADA, decision, "a slip")


@pytest.fixture
def house(database: Database) -> DecidingHouse:
    return DecidingHouse(database)

"""The scorer of the run that is served, kept in memory: term frequencies of a million contacts take long to
load."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from dedupe.errors import IndexUnusable
from dedupe.matching.blocking.oversized_blocks import OVERSIZED
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies
from dedupe.review.explain.scored_pair import LoadScorer, PublishedScorer
from dedupe.storage import decisions, merge_runs, term_frequencies
from dedupe.storage.database import Connection


@dataclass(frozen=True)
class ReadyScorer:
    """A published scorer, and its term frequencies ready to weigh by."""

    scorer: PublishedScorer
    frequencies: TermFrequencies

    @property
    def model(self) -> MatchModel:
        return self.scorer.model

    @property
    def oversized(self) -> FrequencyTable:
        """Raises IndexUnusable where no run has counted the sizes of blocks yet."""
        found = self.frequencies.tables.get(OVERSIZED)
        if found is None:
            raise IndexUnusable("nothing is served yet: run `dedupe nightly`")
        return found


@dataclass
class ServedScorer:
    """Loads the scorer anew when another run's model or term frequencies are served; safe to share between
    threads."""

    load_scorer: LoadScorer
    _ready: ReadyScorer | None = None
    _of: tuple[Any, ...] | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def ready(self, connection: Connection) -> ReadyScorer:
        """The scorer, with what people decided about single values by now. Raises InputError as
        `published_scorer` does."""
        last = merge_runs.last_published(connection)
        growth = term_frequencies.growth_of(connection)
        now = term_frequencies.run_of(connection), None if last is None else last.model_id, growth
        with self._turn:
            if self._ready is None or self._of != now:
                scorer = self.load_scorer(connection)
                self._ready = ReadyScorer(scorer, TermFrequencies.from_table(scorer.term_frequencies))
                self._of = now
            ready = self._ready
        values = decisions.value_judgements(connection)
        return replace(ready, scorer=replace(ready.scorer, values=values))

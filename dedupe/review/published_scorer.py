"""The scorer of the run that is served: its saved model, and the term frequencies saved with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.errors import InputError
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.review.explain.scored_pair import LoadScorer, PublishedScorer
from dedupe.schemas import CONTACTS
from dedupe.storage import decisions, match_models, merge_runs, term_frequencies
from dedupe.storage.database import Connection
from dedupe.storage.match_models import SavedModel


def published_scorer(
    staff: bool = False, adjusted: Callable[[MatchModel], MatchModel] = lambda model: model
) -> LoadScorer:
    """Gives what loads the scorer of the served run; `adjusted` puts configured thresholds into a model.

    Before the first night there are no term frequencies, and the model is the active or the shipped one.
    Loading raises InputError where the saved model can't be read, and where the term frequencies are those of
    another release: no pair could be weighed as it was.
    """

    def load_scorer(connection: Connection) -> PublishedScorer:
        saved = _model(connection)
        model = default_model() if saved is None else MatchModel.from_json(saved.content)
        saved_frequencies = term_frequencies.load(connection)
        frequencies = _no_frequencies() if saved_frequencies is None else _of_this_release(saved_frequencies)
        model_id = None if saved is None else saved.id
        return PublishedScorer(
            adjusted(model), frequencies, staff, model_id, decisions.value_judgements(connection)
        )

    return load_scorer


def _model(connection: Connection) -> SavedModel | None:
    night = merge_runs.last_published(connection)
    if night is not None and night.model_id is not None:
        return match_models.get(connection, night.model_id)
    return match_models.active(connection)


def _of_this_release(counts: pa.Table) -> pa.Table:
    if set(_no_frequencies()["fact"].to_pylist()) - set(pc.unique(counts["fact"]).to_pylist()):
        raise InputError(
            "what is served was matched by another release, which counted other values: run `dedupe nightly`"
        )
    return counts


@cache
def _no_frequencies() -> pa.Table:
    return count_term_frequencies(build_features(CONTACTS.empty_table())).to_table()

"""Some changed contacts and whom they concern, merged within a transaction: worked out, compared, written.

An incremental run does so in a transaction of its own; a full night, in the one that publishes it, with what
others judged since its snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable
from dedupe.golden.differences import Causes, Difference, Live, differ
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.grown_terms import MovedTerms, may_have_moved
from dedupe.pipeline.merge_inputs import Merged, MergeInputs, MergeSettings, merge_contacts, numbered_anew
from dedupe.pipeline.reach import Reached, reach
from dedupe.pipeline.saved_scoring import Scoring, who_came
from dedupe.resolution.outcome import LinkChanges, LiveDecisions, link_changes, new_link_rows, staged
from dedupe.storage import (
    decisions,
    erasures,
    forgotten_keys,
    match_index,
    review_publishing,
    served_state,
    term_frequencies,
)
from dedupe.storage.database import Connection
from dedupe.storage.publishing import publish, publish_links


@dataclass(frozen=True)
class Worked:
    """What follows for whom the changes concern."""

    reached: Reached
    inputs: MergeInputs
    merged: Merged

    @property
    def within(self) -> list[str]:
        return self.reached.source_contacts


@dataclass(frozen=True)
class Compared:
    """What is staged beside what is served."""

    live: Live
    staged: Staged
    difference: Difference
    links: LinkChanges
    heirs: pa.Table


@dataclass(frozen=True)
class PartialMerge:
    """By which model, and for which run."""

    settings: MergeSettings
    engine: Engine
    model: MatchModel
    model_id: UUID | None
    run_id: UUID
    since_counted: bool  # the index tells all who changed since term frequencies were counted

    def work(
        self,
        connection: Connection,
        changed: Sequence[str],
        besides: Collection[str] = (),
        seen: tuple[int, ...] = (),
        grown_to: int | None = None,
    ) -> Worked:
        """Merge whom these changes concern, `besides` source contacts that are to be judged anyway, and
        `seen` notes. Raises IndexUnusable where the index, or a block that has grown (over `grown_to`, else
        the usual), lets only a full run tell."""
        scoring = self._scoring(connection)
        found = reach(connection, changed, scoring, self.engine, besides, grown_to)
        inputs = self._inputs(connection, found, seen, scoring.judgements)
        return Worked(found, inputs, merge_contacts(inputs, self.settings, self.engine))

    def moves_values(self, connection: Connection, worked: Worked) -> bool:
        """Whether these changes may have moved values (`grown_terms`), by what is known of others now."""
        moved, reached, scoring = worked.reached.moved, worked.reached, self._scoring(connection)
        came = who_came(connection, scoring, reached.changed, reached.keys)
        found = may_have_moved(scoring.saved, scoring.grown, *moved.touched, came)
        return len(moved.looked_at) + len(found) > 0

    def _scoring(self, connection: Connection) -> Scoring:
        saved = term_frequencies.counted(connection)
        if saved is None:
            raise IndexUnusable("no term frequencies are saved: a full night counts them")
        gained, values = term_frequencies.grown(connection), decisions.value_judgements(connection)
        return Scoring(self.model, saved, gained, self.settings.match.staff, values, self.since_counted)

    def _inputs(
        self, connection: Connection, found: Reached, seen: tuple[int, ...], values: Sequence[Any]
    ) -> MergeInputs:
        judgements = decisions.judgements_around(connection, found.source_contacts)
        decided = LiveDecisions(judgements, decisions.pins(connection), values)
        return MergeInputs(
            numbered_anew(found.live.table),
            found.live.keys,
            decided,
            self.model,
            self.model_id,
            seen=seen,
            saved=found.context,
        )

    def compare(
        self, connection: Connection, worked: Worked, decided: Any, otherwise: str = "shared value"
    ) -> Compared:
        """Compare with what is served; `decided` and `otherwise` as `Causes` has them."""
        within, merged = worked.within, worked.merged
        run, pairs = merged.run, merged.matching.pairs
        heirs, linked = served_state.heirs(connection), served_state.linked(connection, within)
        staging = staged(run, pairs, merged.outcome.golden, heirs, linked)
        live = served_state.live(connection, staging.ids, within, known=linked)
        causes = Causes(pa.array(worked.reached.changed, ID), decided, otherwise)
        difference = differ(live, staging, causes)
        links = link_changes(run, pairs, served_state.link_pairs(connection, within))
        return Compared(live, staging, difference, links, heirs)

    def write(self, connection: Connection, worked: Worked, compared: Compared) -> dict[str, int]:
        """Publish the differences; rows written and removed, by table."""
        run_id, merged = self.run_id, worked.merged
        golden = publish(connection, run_id, compared.staged, compared.difference, compared.heirs)
        rows = new_link_rows(merged.matching.pairs, worked.inputs.model, compared.links)
        removed = compared.links.difference.removed
        asked = review_publishing.publish(
            connection, merged.outcome.questions, run_id, self.model_id, worked.within
        )
        changed = worked.reached.changed
        indexed = match_index.put(connection, changed, worked.reached.keys)
        indexed += forgotten_keys.forget(connection, erasures.erased_among(connection, changed))
        return {
            **asdict(golden),
            "links": publish_links(connection, run_id, self.model_id, rows, removed),
            "review_candidates": sum(asked),
            "grown_terms": self._write_growth(connection, worked.reached.moved),
            "match_index": indexed,
        }

    def _write_growth(self, connection: Connection, moved: MovedTerms) -> int:
        """What values have gained, unless none may have moved: what others stored meanwhile then stays."""
        if not len(moved.looked_at):
            return 0
        return term_frequencies.put_grown(connection, self.run_id, moved.grown)

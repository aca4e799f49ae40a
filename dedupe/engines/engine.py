"""The protocol of an engine: what the pipeline needs from whatever moves its rows.

An engine moves rows and decides nothing about them. `Evidence` is what it holds of contacts, `Rows` what it
holds of a table; the pipeline looks into neither. Where work is done the engine has brought the features of
the contacts that it is about, and has numbered these from 0 on in the order of their contact numbers. In rows
that go to work and come from it the columns `contact`, `left`, `right` and `cluster` are such numbers; in all
other rows they are contact numbers of the run.

Work is a pure function that can be sent to another process. It gives the same columns for no rows, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.matching.features.build import Features
from dedupe.matching.term_frequencies import TermFrequencies

Evidence = TypeVar("Evidence")
Rows = TypeVar("Rows")
Part = TypeVar("Part")
Result = TypeVar("Result")
Numbers = npt.NDArray[np.int64]


class Each(Protocol):
    """Runs a pure function on each of several parts; the results are in the order of the parts."""

    def __call__(self, work: Callable[[Part], Result], parts: Sequence[Part], /) -> list[Result]: ...


def in_turn(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """`Each` without an engine: one part after the other."""
    return [work(part) for part in parts]


class Shared(Protocol):
    """Term frequencies that work may look at wherever it is done."""

    @property
    def value(self) -> TermFrequencies: ...


BatchFunction = Callable[[pa.Table], pa.Table]
ContactWork = Callable[[Features, Numbers, Each], pa.Table]
"""Rows about these of the contacts."""
PairWork = Callable[[Features, pa.Table], pa.Table]
"""Rows about a batch of pairs of contacts."""
ValueWork = Callable[[pa.Table, Numbers, Numbers], pa.Table]
"""Rows about a batch of pairs, from the pairs and the values of their left and right contacts."""
ComponentWork = Callable[[Features, Mapping[str, pa.Table], Each], pa.Table]
"""CLUSTERS of contacts of whole components, from all tables of pairs among them."""
PartWork = Callable[[int, Mapping[str, pa.Table]], Numbers]
"""The part of a component that each of its so many contacts is in, from all tables of pairs among them; a
part is named by one of its contacts."""


class BatchEngine(Protocol[Evidence, Rows]):
    """What runs the batches of a pipeline."""

    def evidence(self, contacts: pa.Table, staff: bool) -> Evidence:
        """CONTACTS taken over by the engine. With `staff`, staff are matched too."""
        ...

    def read(self, parts: int, part: Callable[[int], pa.Table]) -> Rows | None:
        """CONTACTS that are read part by part where work is done; `part` gives those of one. None where the
        engine rather takes a table that is at hand."""
        ...

    def taken_over(self, contacts: Rows, staff: bool) -> Evidence:
        """As `evidence`, of CONTACTS that the engine holds already."""
        ...

    def size(self, evidence: Evidence) -> int:
        """The number of contacts."""
        ...

    def contents(self, evidence: Evidence) -> Rows:
        """The hash of what each contact says, as `exact_duplicates.contents` gives it."""
        ...

    def whole(
        self, evidence: Evidence, at_once: Callable[[Features], Result], in_parts: Callable[[], Result]
    ) -> Result:
        """What is told of all contacts together: `at_once` where one memory holds their features, else
        `in_parts`, which gives the same by this engine's other operations."""
        ...

    def share(self, term_frequencies: TermFrequencies) -> Shared:
        """Term frequencies brought to wherever work is done."""
        ...

    def rows(self, table: pa.Table) -> Rows:
        """A table taken over by the engine."""
        ...

    def collect(self, rows: Rows) -> pa.Table:
        """All rows as a table, in the order of their contact, or of left and right."""
        ...

    def count(self, rows: Rows) -> int:
        """The number of rows."""
        ...

    def keep(self, rows: Rows, name: str) -> Rows:
        """Rows that are asked for more than once; `name` says what they are."""
        ...

    def both(self, some: Rows, others: Rows) -> Rows:
        """The rows of two tables with the same columns."""
        ...

    def query(self, sql: str, **rows: Rows) -> Rows:
        """The rows that one SQL statement gives over the tables named in it."""
        ...

    def query_by(self, column: str, sql: str, **rows: Rows) -> Rows:
        """As `query`, of a statement that brings rows together only where they agree in this column, so that
        rows of one value can be taken after the other. Tables without it go to each."""
        ...

    def pairs(self, joined: Rows) -> Rows:
        """PAIRS of the rows of `candidate_pairs.PAIRS_SQL`: each pair once, with all of its rules."""
        ...

    def map(self, function: BatchFunction, rows: Rows) -> Rows:
        """What `function` makes of the rows, batch by batch."""
        ...

    def over(self, evidence: Evidence, work: ContactWork, among: Rows | None = None) -> Rows:
        """What `work` tells of all contacts, or of those `among` them (a column `contact`), some or all of
        them at a time."""
        ...

    def beside(self, pairs: Rows, values: Rows, work: ValueWork) -> Rows:
        """What `work` tells of pairs by the values of both contacts. `values` has the columns contact and a
        whole number, and one row for each contact of the run, in their order where rows have an order."""
        ...

    def judge(self, evidence: Evidence, pairs: Rows, work: PairWork) -> Rows:
        """What `work` tells of rows by the features of their contacts, batch by batch: of pairs (columns left
        and right), or of contacts by a value (contact and value), those of one value at a time."""
        ...

    def within(
        self, evidence: Evidence, tables: Mapping[str, Rows], work: ComponentWork, parts: PartWork
    ) -> Rows:
        """CLUSTERS of all contacts, from `work` on whole components.

        `tables` have the columns left, right and weight; those named in `JOINING` join contacts to
        components. `parts` breaks a component that is too large to be looked at whole.
        """
        ...


JOINING = ("scored", "together")
"""The tables of `within` whose pairs make components."""

Engine: TypeAlias = BatchEngine[Any, Any]

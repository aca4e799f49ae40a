"""Who is this? The golden contacts that a described contact may be, by the functions of the night.

    Who(served, settings).ask(connection, visitor, readings) -> Answer

Normalized, made features and keys like any contact; the index of match keys tells who shares a key; those are
scored by the scorer that is served, and stand for their golden contacts. Nothing is stored but a line in the
access log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers, ranges
from dedupe.arrays.units import BIT
from dedupe.arrays.untyped import pa, pc
from dedupe.fetchers.given import given_table
from dedupe.golden.judged_values import judged
from dedupe.matching.blocking.match_keys import match_keys, settled_keys, value_keys
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import against_rivals, total_of
from dedupe.matching.pair_explanation import Explanation, explanations
from dedupe.matching.present_users import among, only, with_present_users, without_values
from dedupe.matching.term_frequencies import TermFrequencies, count_value_users
from dedupe.model import GivenContact
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.normalizers.outputs import unread_values
from dedupe.resolution.code_state import code_hash
from dedupe.review.explain.scored_pair import Step
from dedupe.review.served_scorer import ReadyScorer, ServedScorer
from dedupe.schemas import CONTACTS
from dedupe.storage import access_log, holders, lookups, match_index
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.holders import HoldersFound
from dedupe.storage.match_index import IndexState

Numbers = npt.NDArray[np.int64]
MOST_HOLDERS = 200
"""Source contacts that one described contact is compared with at most: those that share most keys (chosen; a
mailbox or a line may be held by thousands)."""
USUAL = 5  # golden contacts of an answer, unless others are wanted (chosen)
_ASKED = "?"  # the source of what is described: no configured source can be called so


@dataclass(frozen=True, slots=True)
class Match:
    """A golden contact that it may be. `weight` in bits, of the source contact of it that is likeliest;
    `reasons` speak for one person, `against` for two, the weightiest first."""

    golden_id: UUID
    probability: float
    weight: float
    decision: str  # link, review, no link: what a night would make of the pair
    source_contact: UUID
    reasons: list[Step]
    against: list[Step]
    contact: GoldenContact | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The likeliest first. `holders`: source contacts that share a key with it; beyond `MOST_HOLDERS` they
    were not looked at. `unread`: what could not be read of the description, by field and reason."""

    matches: list[Match]
    holders: int
    unread: list[str]


"""+"""


@dataclass(frozen=True)
class Who:
    """Asks who somebody is; safe to share between threads."""

    served: ServedScorer
    settings: NormalizeSettings

    def ask(
        self, connection: Connection, visitor: Visitor, readings: Sequence[GivenContact], limit: int = USUAL
    ) -> Answer:
        """Up to `limit` golden contacts, whole, for a description that may be read in several ways, each by
        the reading that makes it likeliest. Raises IndexUnusable before the first night and after an upgrade:
        the next full night makes the index."""
        return self.ask_read(connection, visitor, readings, limit)[0]

    def ask_read(
        self, connection: Connection, visitor: Visitor, readings: Sequence[GivenContact], limit: int = USUAL
    ) -> tuple[Answer, GivenContact | None]:
        """The same, and the reading that makes the first of them likeliest; None where nobody is found."""
        given = given_table([(_ASKED, str(number), one) for number, one in enumerate(readings)])
        answers = matches(connection, self.served.ready(connection), given, self.settings, limit)
        told = [at for at, answer in enumerate(answers) if answer.matches]
        best = max(told, key=lambda at: answers[at].matches[0].weight, default=None)
        answer = self._told(connection, visitor, _together(answers, limit))
        return answer, None if best is None else readings[best]

    def ask_given(
        self, connection: Connection, visitor: Visitor, given: pyarrow.Table, limit: int = USUAL
    ) -> Answer:
        """The same of a table of schema GIVEN of one row."""
        [answer] = matches(connection, self.served.ready(connection), given, self.settings, limit)
        return self._told(connection, visitor, answer)

    def _told(self, connection: Connection, visitor: Visitor, answer: Answer) -> Answer:
        named = [match.golden_id for match in answer.matches]
        hits = {hit.contact.id: hit.contact for hit in lookups.by_ids(connection, visitor, named)}
        told = [replace(match, contact=hits[match.golden_id]) for match in answer.matches]
        return replace(answer, matches=told)

    def ask_of_each(
        self, connection: Connection, visitor: Visitor, given: pyarrow.Table, settings: NormalizeSettings
    ) -> list[Answer]:
        """The likeliest golden contact of each row of a table of schema GIVEN, read by the conventions of
        `settings`, by its id alone."""
        answers = matches(connection, self.served.ready(connection), given, settings, 1)
        found = {match.golden_id for answer in answers for match in answer.matches}
        access_log.write(connection, visitor, "who", sorted(found))
        return answers


def warm(settings: NormalizeSettings) -> None:
    """Load what the first questions would wait for: the names of countries and states."""
    contact: GivenContact = {
        "names": [{"full": "Ann Lee"}],
        "emails": [{"given": "ann@example.org"}],
        "phones": [{"given": "030 1234567"}],
        "city": "Berlin",
        "region": "Berlin",
        "postcode": "10115",
        "country": "Alemania",
    }
    normalize(given_table([(_ASKED, "1", contact)]), settings)


def matches(
    connection: Connection, ready: ReadyScorer, given: pyarrow.Table, settings: NormalizeSettings, limit: int
) -> list[Answer]:
    """The same for contacts of schema GIVEN with distinct (source, external_id), in their order, without the
    golden contacts themselves and without a line in the access log."""
    index = match_index.usable(connection, code_hash())
    asked = normalize(given, settings)
    sharing = _sharing(connection, index, ready, asked)
    found = holders.live(connection, sharing.everybody())
    best = _Pairs.of(asked, found, sharing, ready).best(limit)
    unread = unread_values(asked).to_pylist()
    by_key = [("source", "ascending"), ("external_id", "ascending")]  # as `normalize` numbers them
    answers: list[Answer | None] = [None] * len(asked)
    for number, row in enumerate(pc.sort_indices(given, sort_keys=by_key).to_pylist()):
        reasons = sorted({f"{one['field']}: {one['reason']}" for one in unread[number] or ()})
        answers[row] = Answer(best.get(number, []), int(sharing.counts[number]), reasons)
    return [answer for answer in answers if answer is not None]


def _together(answers: Sequence[Answer], limit: int) -> Answer:
    """One answer of several readings; what one of them could read was no mistake of the person's."""
    best: dict[UUID, Match] = {}
    for match in sorted((one for answer in answers for one in answer.matches), key=lambda one: -one.weight):
        best.setdefault(match.golden_id, match)
    unread = set.intersection(*(set(answer.unread) for answer in answers))
    holders = max(answer.holders for answer in answers)
    return Answer(list(best.values())[:limit], holders, sorted(unread))


class _Sharing(NamedTuple):
    """Which stored contacts share a key with the described ones, row for row; `counts`: how many there are
    for each, those left out included."""

    contact: Numbers
    seed: npt.NDArray[np.object_]
    counts: Numbers
    users: npt.NDArray[np.object_]  # who uses a mailbox, line or identifier with one of them
    values: Hashes  # those mailboxes, lines and identifiers, as tables of term frequencies name them

    def everybody(self) -> list[str]:
        return sorted({*self.seed.tolist(), *self.users.tolist()})


def _sharing(connection: Connection, index: IndexState, ready: ReadyScorer, asked: pyarrow.Table) -> _Sharing:
    """Those that share most keys, of each at most `MOST_HOLDERS`."""
    own = build_features(asked, ready.scorer.staff)
    keys, values = match_keys(own, ready.oversized), value_keys(own)
    contact, key = integers(keys["contact"]), integers(keys["key"])
    held = match_index.holders(connection, key, index)
    of_key, by_key = integers(held["key"]), held["source_contact_id"].to_numpy()
    seeds, which = np.unique(by_key.astype(str), return_inverse=True)
    begin, end = (np.searchsorted(of_key, key, side) for side in ("left", "right"))
    rows = ranges(begin, end - begin)
    both, shared = np.unique(
        np.stack([np.repeat(contact, end - begin), which[rows]]), axis=1, return_counts=True
    )
    order = np.lexsort((both[1], -shared, both[0]))
    contact, seed = both[:, order]
    counts = np.bincount(contact, minlength=len(asked))
    kept = np.arange(len(contact)) - (np.cumsum(counts) - counts)[contact] < MOST_HOLDERS
    told = np.setdiff1d(integers(values["key"]), settled_keys(ready.frequencies))
    users = by_key[np.isin(of_key, told)]
    seeds = seeds.astype(object)
    return _Sharing(contact[kept], seeds[seed[kept]], counts, users, integers(values["value"]))


@dataclass(frozen=True)
class _Pairs:
    """Described contacts and those that share a key with them, compared; of each golden contact the pair that
    is likeliest, the likeliest first: `rows` of the compared pairs, sorted by the described one."""

    results: ComparisonResults
    model: MatchModel
    contacts: int  # among so many
    found: HoldersFound
    left: Numbers  # of all pairs: the described contact
    right: Numbers  # … and the place in `found`
    rows: Numbers

    @classmethod
    def of(cls, asked: pyarrow.Table, found: HoldersFound, sharing: _Sharing, ready: ReadyScorer) -> _Pairs:
        both = pa.concat_tables([asked, found.table])
        both = both.set_column(0, CONTACTS.field("contact"), pa.array(np.arange(len(both)), pa.int64()))
        seeds = pa.array([*[""] * len(asked), *found.seeds], pa.string())
        features = build_features(judged(both, ready.scorer.values, seeds), ready.scorer.staff)
        served = zip(found.seeds, found.golden_ids, strict=True)
        place = {seed: at for at, (seed, golden) in enumerate(served) if golden is not None}
        at = np.array([place.get(seed, -1) for seed in sharing.seed.tolist()], np.int64)
        left, right = sharing.contact[at >= 0], at[at >= 0]
        frequencies = _of_today(ready, features, len(asked), sharing.values)
        results = compare(features, frequencies, left, right + len(asked))
        golden = np.array(found.golden_ids, str)[right]
        rows = _likeliest(results, ready.model, frequencies.contacts, left, golden)
        return cls(results, ready.model, frequencies.contacts, found, left, right, rows)

    def best(self, limit: int) -> dict[int, list[Match]]:
        """Up to `limit` for each described contact that shares a key with anybody."""
        first = np.searchsorted(self.left[self.rows], self.left[self.rows])  # where its pairs begin
        rows = self.rows[np.arange(len(self.rows)) - first < limit].tolist()
        found: dict[int, list[Match]] = {}
        for row, told in zip(rows, explanations(self.results, self.model, self.contacts, rows), strict=True):
            at = int(self.right[row])
            match = _match(told, str(self.found.golden_ids[at]), self.found.seeds[at])
            found.setdefault(int(self.left[row]), []).append(match)
        return found


def _of_today(ready: ReadyScorer, features: Features, asked: int, values: Hashes) -> TermFrequencies:
    """With who uses these values by now, as the next run has it. All who use one are among the contacts of
    `features`, of which the first so many are described and use nothing yet. Who uses other values matters to
    no pair: only what both have is looked at."""
    saved = ready.frequencies
    now = count_value_users(without_values(features, asked), saved.tables["birth"])
    return with_present_users(among(saved, values), only(now, values))


def _likeliest(
    results: ComparisonResults,
    model: MatchModel,
    contacts: int,
    left: Numbers,
    golden: npt.NDArray[np.str_],
) -> Numbers:
    """The pairs that stand for their golden contacts, in the order of the answers; circumstances that join
    nobody by themselves still order those who weigh the same."""
    sums = against_rivals(results, model, contacts)
    totals, sums = total_of(sums, results, model), sums.min(axis=0)
    order = np.lexsort((golden, -sums, -totals, left))
    person = np.unique(golden, return_inverse=True)[1]
    persons = np.stack([left[order], person[order]])
    return order[np.sort(np.unique(persons, axis=1, return_index=True)[1])]


def _match(told: Explanation, golden_id: str, seed: str) -> Match:
    steps = [Step(one.fact, one.level, one.sentence, one.weight / BIT) for one in told.steps]
    return Match(
        UUID(golden_id),
        told.probability,
        told.weight / BIT,
        told.decision,
        UUID(seed),
        sorted((one for one in steps if one.weight > 0), key=lambda one: -one.weight),
        sorted((one for one in steps if one.weight < 0), key=lambda one: one.weight),
    )

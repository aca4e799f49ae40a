"""Whom changed contacts may concern: the components that a full run would judge otherwise than before.

    changed    the contacts themselves, live or gone
    touched    … and all who use a value, or say the very same, with one of them, before or after: who uses a
               value decides what it says of any two of them; and all who hold a value that moves: so many
               more hold it than when it was counted that it weighs otherwise (`grown_terms`)
    moved      … of which the contacts that are paired anew: changed ones, what says the very same, and who
               holds a value that moves
    near       who is paired with one that moved, from the review threshold on
    reached    whole components of all these, by what is published (`storage.components`)

Whatever else a pair depends on is saved, so no other pair weighs more or less than it did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import take
from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers, pairs_of, ranges, rising, texts
from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable
from dedupe.matching.blocking import exact_duplicates
from dedupe.matching.blocking.match_keys import (
    are_contents,
    are_pairing,
    are_terms,
    are_values,
    content_keys,
    index_keys,
    match_keys,
    settled_keys,
    term_keys,
    value_keys,
)
from dedupe.matching.blocking.oversized_blocks import OVERSIZED
from dedupe.matching.model.scoring import score
from dedupe.matching.present_users import SavedContext, with_present_users
from dedupe.matching.term_frequencies import TermFrequencies, count_value_users
from dedupe.matching.term_growth import with_growth
from dedupe.pipeline.contacts_read import ContactsRead, LoadedContacts
from dedupe.pipeline.grown_terms import MovedTerms, TermIndex, moved_terms
from dedupe.pipeline.saved_blocks import pairs_as_saved
from dedupe.pipeline.saved_scoring import Scoring, who_came
from dedupe.storage import components, match_index
from dedupe.storage.contacts import LiveContacts
from dedupe.storage.database import Connection

GROWN_TO = 1000
"""Contacts with one pairing key from which on only a full run can tell: it splits the block or leaves it out.
Chosen: ten times the largest cap of a rule, and half a million pairs."""
_AT_ONCE = 4000
"""Contacts whose neighbours are looked at together, which bounds memory (chosen): each has some seven."""


@dataclass(frozen=True)
class Reached:
    """Whole components: all of their source contacts, and those of them that are live."""

    source_contacts: list[str]  # ids, gone ones included
    live: LiveContacts
    context: SavedContext  # with who uses the values of these
    changed: list[str]  # the ids that it began with
    moved: MovedTerms
    keys: pa.Table  # HELD: the keys of the live ones of these


def reach(
    connection: Connection,
    changed: Sequence[str],
    scoring: Scoring,
    engine: Engine,
    besides: Collection[str] = (),
    grown_to: int | None = None,
) -> Reached:
    """What changed contacts may concern, as this transaction sees it, and what is to be judged `besides`.

    Raises IndexUnusable where the index can't tell, and BlockGrown where more than `grown_to` (None:
    `GROWN_TO`) contacts have a pairing key of a changed one.
    """
    most = GROWN_TO if grown_to is None else grown_to
    return _Reach(connection, changed, scoring, engine, most).reached(besides)


class BlockGrown(IndexUnusable):
    """A block has grown too large; `whose` changes have it paired anew."""

    def __init__(self, size: int, whose: Collection[str]) -> None:
        super().__init__(f"a block has grown to {size:,} contacts since the last full night")
        self.whose = set(whose)


class _Reach:
    def __init__(
        self, connection: Connection, changed: Sequence[str], scoring: Scoring, engine: Engine, most: int
    ) -> None:
        self._connection, self._scoring, self._engine, self._most = connection, scoring, engine, most
        self._changed = sorted(set(changed))
        self._settled = settled_keys(scoring.saved)
        self._oversized = scoring.saved.tables[OVERSIZED]
        self._asked, self._known = np.zeros(0, np.int64), list[pa.Table]()
        self._contacts = ContactsRead(connection, scoring.judgements, scoring.staff)

    def reached(self, besides: Collection[str]) -> Reached:
        keys = np.concatenate([integers(held["key"]) for held in (self._before, self._now)])
        self._ask(keys[~are_terms(keys)])
        values, contents = self._values(self._before, self._now), self._contents(self._before, self._now)
        twins = self._twins(contents)
        moved = self._moved.holders
        touched = {*self._changed, *self._ids(self._holders(values)), *twins, *moved}
        near = self._near(sorted({*self._ids(self._now), *twins, *moved}))
        reached = components.component_of_ids(self._connection, {*touched, *near, *besides})
        while True:
            here = self._contacts.load(reached, keep=True)
            said, used = content_keys(here.features), value_keys(here.features)
            self._ask(integers(said["key"]), integers(used["key"]))
            twins = self._twins(self._contents(said))
            if twins <= set(reached):
                break
            reached = components.component_of_ids(self._connection, {*reached, *twins})
        using = self._ids(self._holders(self._values(used)))
        context = self._of_today(self._contacts.load(using))
        saved = SavedContext(context, of_today=True)
        return Reached(reached, here.live, saved, self._changed, self._moved, self._now)

    # --- keys ---

    @cached_property
    def _now(self) -> pa.Table:
        """HELD: the keys of the changed contacts that are live."""
        loaded = self._loaded
        return loaded.named(index_keys(loaded.features, self._oversized))

    @cached_property
    def _loaded(self) -> LoadedContacts:
        """The changed contacts that are live."""
        return self._contacts.load(self._changed, keep=True)

    @cached_property
    def _before(self) -> pa.Table:
        """HELD: the keys that the changed contacts had."""
        return match_index.keys_of(self._connection, self._changed)

    @cached_property
    def _moved(self) -> MovedTerms:
        """The values that weigh otherwise now."""
        fresh = self._now
        came = who_came(self._connection, self._scoring, self._changed, fresh)

        def keys_of(ids: list[str]) -> pa.Table:
            changed = pa.array(self._changed, pa.string())
            known = match_index.keys_of(self._connection, sorted(set(ids) - set(self._changed)))
            return pa.concat_tables([known, fresh.filter(pc.is_in(fresh["source_contact_id"], changed))])

        index = TermIndex(came, self._holders, keys_of)
        terms = term_keys(self._loaded.features)
        before = integers(self._before["key"])
        return moved_terms(self._scoring.saved, self._scoring.grown, terms, before, index)

    @cached_property
    def _context(self) -> TermFrequencies:
        """The saved term frequencies with what values have gained by now."""
        return with_growth(self._scoring.saved, self._moved.grown)

    def _values(self, *held: pa.Table) -> Hashes:
        """The value keys by which who else holds them matters."""
        keys = rising(np.concatenate([integers(each["key"]) for each in held]))
        return keys[are_values(keys) & ~np.isin(keys, self._settled)]

    def _contents(self, *held: pa.Table) -> Hashes:
        keys = rising(np.concatenate([integers(each["key"]) for each in held]))
        return keys[are_contents(keys)]

    def _twins(self, contents: Hashes) -> set[str]:
        """Who says the very same, where they are or were too many for a block."""
        now = self._holders(contents)
        held = np.concatenate([integers(now["key"]), integers(self._before["key"])])
        keys, counts = np.unique(held[np.isin(held, contents)], return_counts=True)
        many = pa.array(keys[counts > exact_duplicates.MOST_IN_BLOCKS], pa.int64())
        return set(self._ids(now.filter(pc.is_in(now["key"], value_set=many))))

    def _ask(self, *keys: Hashes) -> None:
        """Look up who holds these keys, all at once, so that each page of the index is read once for many."""
        wanted = rising(np.concatenate(keys))
        wanted = wanted[~np.isin(wanted, self._asked)]
        known = match_index.holders(self._connection, wanted[~np.isin(wanted, self._settled)])
        changed = pc.is_in(known["source_contact_id"], value_set=pa.array(self._changed, pa.string()))
        self._known.append(known.filter(pc.invert(changed)))
        self._asked = rising(np.concatenate([self._asked, wanted]))

    def _holders(self, keys: Hashes) -> pa.Table:
        """HELD of live contacts as they are now: as in the index, but for what changed since. Of values that
        stay shared whoever holds them, nobody."""
        if not np.isin(keys, self._asked).all():
            self._ask(keys)
        keys = rising(keys)
        fresh = self._now.filter(pa.array(np.isin(integers(self._now["key"]), keys)))
        return pa.concat_tables([*(_with_keys(known, keys) for known in self._known), fresh])

    def _ids(self, held: pa.Table) -> list[str]:
        return texts(held["source_contact_id"].unique())

    # --- contacts ---

    def _of_today(self, loaded: LoadedContacts) -> TermFrequencies:
        """The term frequencies with who uses the values of which all holders are loaded."""
        births = self._scoring.saved.tables["birth"]
        return with_present_users(self._context, count_value_users(loaded.features, births))

    # --- pairs ---

    def _near(self, moved: Sequence[str]) -> Iterator[str]:
        """Who is paired, from the review threshold on, with a contact that moved."""
        for first in range(0, len(moved), _AT_ONCE):
            yield from self._near_some(moved[first : first + _AT_ONCE])

    def _near_some(self, moved: Sequence[str]) -> list[str]:
        own = self._contacts.load(moved)
        keys = rising(integers(match_keys(own.features, self._oversized)["key"]))
        keys = keys[~np.isin(keys, self._settled)]
        held = self._holders(keys)
        around = self._contacts.load({*own.seeds, *self._ids(held)}, keep=True)
        self._refuse_grown(held, around, moved)
        pairs = pairs_as_saved(around.features, self._engine, self._oversized)
        seeds = around.live.keys["id"].combine_chunks()
        has_moved = np.asarray(pc.is_in(seeds, value_set=pa.array(moved, pa.string())))
        left, right = pairs_of(pairs)
        pairs = pairs.filter(pa.array(has_moved[left] | has_moved[right]))
        model = self._scoring.model
        scored = score(around.features, self._of_today(around), model, pairs)
        left, right = pairs_of(scored.filter(pa.array(integers(scored["weight"]) >= model.review)))
        return texts(take(seeds, rising(np.concatenate([left, right]))))

    def _refuse_grown(self, held: pa.Table, loaded: LoadedContacts, moved: Sequence[str]) -> None:
        """Raises BlockGrown where a block has grown so much that to pair all of it is too much. Of exact
        duplicates one counts."""
        first = exact_duplicates.first_of_duplicates(loaded.features)
        alone = take(loaded.live.keys["id"].combine_chunks(), np.flatnonzero(first == np.arange(len(first))))
        single = held.filter(pc.is_in(held["source_contact_id"], value_set=alone))
        key = integers(single["key"])
        keys, counts = np.unique(key[are_pairing(key)], return_counts=True)
        grown = pa.array(keys[counts > self._most], pa.int64())
        if len(grown):
            whose = self._ids(held.filter(pc.is_in(held["key"], value_set=grown)))
            raise BlockGrown(int(counts.max()), self._to_blame(set(moved).intersection(whose)))

    def _to_blame(self, moved: set[str]) -> set[str]:
        """The changed contacts by which these are paired anew: themselves; and who holds or held a value that
        moved, or says the very same, with one that didn't change."""
        others = sorted(moved.difference(self._changed))
        own = pa.concat_tables([self._before, self._now])
        keys = integers(match_index.keys_of(self._connection, others)["key"])
        keys = keys[are_contents(keys) | np.isin(keys, self._moved.keys)]
        theirs = own.filter(pa.array(np.isin(integers(own["key"]), keys)))
        return moved.intersection(self._changed).union(self._ids(theirs))


def _with_keys(held: pa.Table, keys: Hashes) -> pa.Table:
    """The rows with one of these keys, both rising."""
    of = integers(held["key"])
    begin = np.searchsorted(of, keys, "left")
    return held.take(ranges(begin, np.searchsorted(of, keys, "right") - begin))

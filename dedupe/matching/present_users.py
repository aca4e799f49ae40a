"""Saved term frequencies with who uses each value today.

How frequent a value is may be told from the last full run; how many people use a mailbox, a line or an
identifier is always told from who holds it now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays.hashing import Hashes
from dedupe.matching.features.encoding import Lists
from dedupe.matching.features.types import Features
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies

VALUE_USERS = {
    "email": "email",
    "phone": "phone",
    "identifier": "identifier",
    "contested": "email",
    "email_generations": "email",
    "phone_generations": "phone",
    "email_ages": "email",
    "phone_ages": "phone",
}
"""Tables that tell who uses a value, each with the one that counts how many do."""
SETTLED_FROM = 64
"""A value used by so many people stays shared until term frequencies are counted anew, whoever comes or goes.
Chosen: eight times `comparisons.users.FEW_UP_TO`, from which they are many."""


@dataclass(frozen=True)
class SavedContext:
    """Term frequencies and oversized blocks that an earlier run saved, for a run that goes by them."""

    term_frequencies: TermFrequencies
    of_today: bool = False  # who uses a value is told from today's holders already


def with_present_users(saved: TermFrequencies, now: Mapping[str, FrequencyTable]) -> TermFrequencies:
    """Saved term frequencies with who uses each value by now (`count_value_users`), so that a value that has
    become shared since joins no strangers.

    A value that so many people used then (`SETTLED_FROM`) stays as it was: one more changes nothing.
    """
    tables = dict(saved.tables)
    for name, users in VALUE_USERS.items():
        then, known = saved.tables[users], saved.tables[name]
        stays = then.of(known.keys) >= SETTLED_FROM
        comes = then.of(now[name].keys) < SETTLED_FROM
        keys = np.concatenate([known.keys[stays], now[name].keys[comes]])
        counts = np.concatenate([known.counts[stays], now[name].counts[comes]])
        order = np.argsort(keys)
        tables[name] = FrequencyTable(known.total, keys[order], counts[order])
    return replace(saved, tables=tables)


def among(saved: TermFrequencies, values: Hashes) -> TermFrequencies:
    """The same term frequencies for contacts that hold no other mailboxes, lines and identifiers than these
    (`match_keys.VALUE_KEYS`): who uses others is left out, so that what follows costs little."""
    return replace(saved, tables={**saved.tables, **only(saved.tables, values)})


def only(tables: Mapping[str, FrequencyTable], values: Hashes) -> dict[str, FrequencyTable]:
    """Of the tables that tell who uses a value what they tell of these."""
    wanted, found = np.unique(values), {}
    for name in VALUE_USERS:
        known = tables[name]
        place = np.searchsorted(known.keys, wanted)
        place = place[place < len(known.keys)]
        here = place[np.isin(known.keys[place], wanted)]
        found[name] = FrequencyTable(known.total, known.keys[here], known.counts[here])
    return found


def without_values(features: Features, first: int) -> Features:
    """The features of contacts of which the first so many use no mailbox, line or identifier."""
    emails, phones, identifiers = features.emails, features.phones, features.identifiers
    return replace(
        features,
        emails=replace(emails, held=_without_first(emails.held, first)),
        phones=replace(phones, held=_without_first(phones.held, first)),
        identifiers=replace(identifiers, held=_without_first(identifiers.held, first)),
    )


def _without_first(held: Lists, first: int) -> Lists:
    """No values of the first so many contacts."""
    start = held.offsets[first]
    return Lists(np.maximum(held.offsets - start, 0), held.ids[start:])

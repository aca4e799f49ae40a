"""What can be switched off, and how: by what is given to the rooms (features without a column, a table
without rows, pairs left out, a model that keeps a number). No code of the product knows of this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking.rules import RULE_NAMES
from dedupe.matching.comparisons.definitions import EMAIL, MAILBOX, PHONE
from dedupe.matching.comparisons.types import RELATIVES, RIVALS
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Lists
from dedupe.matching.features.given_words import given_words
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.priors import PRIORS
from dedupe.matching.term_frequencies import FrequencyTable
from dedupe.pipeline.linkage_inputs import LinkageInputs

NEWER_RULES = ("postcode_birth", "phone_subscriber", "name_sound", "letters_domain", "letters_city")
_USERS = ("email", "phone", "identifier")
_GENERATIONS = ("email_generations", "phone_generations", "email_ages", "phone_ages", "home_ages")


def _as_it_is(one: Any) -> Any:
    return one


@dataclass(frozen=True)
class Mechanism:
    """`off` in words, and how: by what is done to features, to what matching starts from, to the model that
    training starts with, and to the one that it found. `trains`: whether anything is learned. `file`: the
    made-up file in which it matters."""

    point: str
    off: str
    file: str
    features: Callable[[Features], Features] = _as_it_is
    prepared: Callable[[LinkageInputs], LinkageInputs] = _as_it_is
    start: Callable[[MatchModel], MatchModel] = _as_it_is
    found: Callable[[MatchModel], MatchModel] = _as_it_is
    trains: bool = True


def without_phones_of_no_country(features: Features) -> Features:
    """Numbers whose country is not told by themselves or by the contact are left out."""
    phones = features.phones
    return replace(features, phones=replace(phones, held=_kept(phones.held, ~phones.guessed)))


def _kept(held: Lists, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Lists:
    rows = wanted[held.ids]
    counts = np.bincount(held.owners()[rows], minlength=len(held.counts))
    return Lists(np.concatenate([[0], np.cumsum(counts)]).astype(held.offsets.dtype), held.ids[rows])


def without_tags(features: Features) -> Features:
    """An address with a tag is another address, unless its provider is known to have tags."""
    emails = features.emails
    local = np.where(emails.untagged == emails.key, emails.local_of, np.int32(-1))
    return replace(features, emails=replace(emails, untagged=emails.key, local_of=local))


def without_names_of_the_world(features: Features) -> Features:
    """No word is listed as a given name."""
    unlisted = given_words([""] * (len(features.words.as_given.listed) - 1))
    return replace(features, words=replace(features.words, as_given=unlisted))


def without_users(prepared: LinkageInputs) -> LinkageInputs:
    """Every mailbox, line and identifier counts as one person's."""
    return _without_rows(prepared, (*_USERS, *_GENERATIONS))


def without_contested_mailboxes(prepared: LinkageInputs) -> LinkageInputs:
    return _without_rows(prepared, ("contested",))


def _without_rows(prepared: LinkageInputs, names: tuple[str, ...]) -> LinkageInputs:
    counted = prepared.term_frequencies
    nothing = np.zeros(0, np.int64)
    emptied = {name: FrequencyTable(counted.tables[name].total, nothing, nothing) for name in names}
    return replace(prepared, term_frequencies=replace(counted, tables={**counted.tables, **emptied}))


def without_newer_rules(prepared: LinkageInputs) -> LinkageInputs:
    """Pairs that no other rule brings together are left out."""
    newer = sum(1 << RULE_NAMES.index(name) for name in NEWER_RULES)
    rules = integers(prepared.pairs.column("rules"))
    return replace(prepared, pairs=prepared.pairs.filter(pa.array((rules & ~newer) != 0)))


def with_mailboxes_as_shipped(model: MatchModel) -> MatchModel:
    shipped, name = default_model(), MAILBOX.name
    shares, weights = (
        {**model.shares, name: shipped.shares[name]},
        {**model.weights, name: shipped.weights[name]},
    )
    return replace(model, shares=shares, weights=weights)


def with_relatives_as_shipped(model: MatchModel) -> MatchModel:
    """How many pairs are relatives', and how often these share a mailbox or a line, as the shipped model has
    it, which knows no file."""
    shipped, rival = default_model(), RIVALS.index(RELATIVES)
    weights = dict(model.weights)
    for name in (EMAIL.name, PHONE.name):
        weights[name] = model.weights[name].copy()
        weights[name][rival] = shipped.weights[name][rival]
    return replace(model, weights=weights, relatives_per_contact=shipped.relatives_per_contact)


def with_names_unmoved(model: MatchModel) -> MatchModel:
    """Training doesn't ask how far a file bears names out."""
    return replace(model, usual_name_odds=None)


def with_weights_at_their_word(model: MatchModel) -> MatchModel:
    """A weight is taken for log-odds as it is; thresholds are chosen by that."""
    return replace(model, calibration=PRIORS.calibration)


MECHANISMS = (
    Mechanism(
        "1",
        "numbers without a country are no evidence",
        "national-phones-50",
        features=without_phones_of_no_country,
    ),
    Mechanism("2", "a tag makes another address", "tags", features=without_tags),
    Mechanism(
        "3",
        "mailboxes are worth what the shipped model says",
        "contacts-guessed-60",
        prepared=without_contested_mailboxes,
        found=with_mailboxes_as_shipped,
    ),
    Mechanism(
        "4",
        "relatives are as likely as the shipped model says",
        "homes-unsaid-generations",
        found=with_relatives_as_shipped,
    ),
    Mechanism("4", "names are taken at their word", "no-reach", start=with_names_unmoved),
    Mechanism("5", "mailboxes and lines have no known users", "homes-one-initial", prepared=without_users),
    Mechanism(
        "6", "no word is known as a given name", "homes-one-initial", features=without_names_of_the_world
    ),
    Mechanism(
        "8",
        "pairs that newer blocking rules alone find are left out",
        "scripts",
        prepared=without_newer_rules,
    ),
    Mechanism("9", "weights are log-odds as they are", "ordinary", found=with_weights_at_their_word),
    Mechanism("10", "the shipped model, nothing learned", "no-reach", trains=False),
)
EVERYTHING = Mechanism("", "nothing", "")
NOT_SWITCHED = (
    "placeholders and names of nobody (7): what is no name is told where names are read, and what follows "
    "from it has no list of its own that could be empty",
    "the inference of a region by itself (1): what is off are all numbers that tell no country, whether it "
    "was inferred or stayed open",
    "generations that decide alone (5): a level that shows two people is a law of comparisons, no number",
    "the calibration by itself (9): the thresholds of a budget are chosen by the probabilities that it gives",
)

"""Features of many contacts, taken block by block and then made one: the memory of a block, and of one kind
of values at a time, in place of that of all contacts. No text column is made of all contacts: one Arrow array
takes 2 GB of text.

Values are told apart as `build_features` tells them, and what differs between two contacts that tell one
value is taken from the first of them, so both give the same; only the places of words in their pool differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.mapped import with_mapped_arrays
from dedupe.arrays.memory import give_memory_back
from dedupe.matching.features.build import build_features, features_with
from dedupe.matching.features.encoding import Ids, Lists, Pool, Positions, hashes_at
from dedupe.matching.features.types import Births, Emails, Features, Identifiers, Names, Phones, Places
from dedupe.matching.features.value_columns import distinct, examples
from dedupe.matching.features.word_similarity import words_of
from dedupe.schemas import CONTACTS

MANY = 1_500_000
"""Features of more contacts wait on disk (chosen, as decision 128 has it of contacts)."""
BLOCK = 1 << 19
"""Contacts whose features are taken at once (chosen)."""
TEXT_AT_MOST = (1 << 31) - 1
"""Bytes of text in one Arrow array with offsets of 32 bits."""

Value = TypeVar("Value")


def features_of(contacts: pa.Table, staff: bool = False) -> Features:
    """As `build_features`; of many contacts block by block, on disk. Raises ConfigurationError
    where that is full."""
    if len(contacts) <= MANY:
        return build_features(contacts, staff)
    return features_in_blocks(contacts, staff)


def features_in_blocks(contacts: pa.Table, staff: bool = False, block: int = BLOCK) -> Features:
    """As `build_features`, taken of so many contacts at once, on disk."""
    starts = range(0, max(len(contacts), 1), block)
    parts = [_taken(contacts.slice(start, block), staff) for start in starts]
    return _made_one(parts)


def _taken(contacts: pa.Table, staff: bool) -> Features:
    return _aside(features_with(contacts, staff, lambda pool: replace(_UNTOLD, pool=pool)))


def _made_one(parts: Sequence[Features]) -> Features:
    def told(name: str) -> list[Any]:
        """What each part has under this name, which may be one of a part's own."""
        return list(map(attrgetter(name), parts))

    def of_contacts(names: str, ids: str) -> tuple[Pool, Ids]:
        pool, places = _pool(told(names))
        return pool, _renamed(told(ids), places)

    words, word_places = _pool(told("words.pool"))
    names = _aside(_names(told("names"), word_places))
    emails, phones = _aside(_emails(told("emails"))), _aside(_phones(told("phones")))
    identifiers = _aside(_identifiers(told("identifiers")))
    company, company_of = of_contacts("company", "company_of")
    job_title, job_title_of = of_contacts("job_title", "job_title_of")
    street, city, postcode = (
        of_contacts(f"places.{name}", f"places.{name}_of") for name in ("street", "city", "postcode")
    )
    births = [np.concatenate(told(f"births.{field.name}")) for field in fields(Births)]
    others = Features(  # what is on disk by now isn't written again
        size=sum(told("size")),
        matched=np.concatenate(told("matched")),
        staff=np.concatenate(told("staff")),
        words=words_of(words),
        names=_NOBODY.names,
        emails=_NOBODY.emails,
        phones=_NOBODY.phones,
        identifiers=_NOBODY.identifiers,
        company=company,
        company_of=company_of,
        job_title=job_title,
        job_title_of=job_title_of,
        places=Places(*street, *city, *postcode),
        births=Births(*births),
        region=np.concatenate(told("region")),
        source=np.concatenate(told("source")),
        household=np.concatenate(told("household")),
    )
    return replace(_aside(others), names=names, emails=emails, phones=phones, identifiers=identifiers)


def _aside(value: Value) -> Value:
    on_disk = with_mapped_arrays(value)
    del value
    give_memory_back()
    return on_disk


def _names(parts: Sequence[Names], word_places: Sequence[Ids]) -> Names:
    told = _Rows(parts, "hashes")
    hashes, latin = told.column("hashes"), told.column("latin")
    ids, first = distinct(mix(hashes, latin.astype(np.int64)), np.zeros(len(hashes), dtype=bool))
    words = {
        name: _renamed([getattr(part, name) for part in parts], word_places)[first]
        for name in ("first", "middle", "last", "nickname")
    }
    formal_of, formal = _formals(parts, first)
    return Names(
        held=_lists([part.held for part in parts], told.split(ids)),
        **words,
        suffix=told.column("suffix")[first],
        hashes=hashes[first],
        latin=latin[first],
        sound=told.column("sound")[first],
        formal_of=formal_of,
        formal=formal,
        known=told.column("known")[first],
    )


def _formals(parts: Sequence[Names], names: Positions) -> tuple[Lists, Hashes]:
    """The given names that these of the parts' names may stand for."""
    formal = np.unique(np.concatenate([part.formal for part in parts]))
    offsets = _offsets([part.formal_of for part in parts])
    hashes = np.concatenate([part.formal[part.formal_of.ids] for part in parts])
    counts = np.diff(offsets)[names]
    ends = np.concatenate([[0], np.cumsum(counts)])
    rows = np.arange(ends[-1]) + np.repeat(offsets[names] - ends[:-1], counts)
    return Lists(ends, np.searchsorted(formal, hashes[rows]).astype(np.int32)), formal


def _emails(parts: Sequence[Emails]) -> Emails:
    told = _Rows(parts, "key")
    address, places = _pool([part.address for part in parts])
    first = examples(np.concatenate(places), len(address))
    local, local_places = _pool([part.local for part in parts])
    domain, domain_places = _pool([part.domain for part in parts])
    return Emails(
        held=_lists([part.held for part in parts], places),
        address=address,
        key=told.column("key")[first],
        untagged=told.column("untagged")[first],
        local=local,
        local_of=_renamed([part.local_of for part in parts], local_places)[first],
        domain_of=_renamed([part.domain_of for part in parts], domain_places)[first],
        domain=domain,
        free=told.column("free")[first],
        role=told.column("role")[first],
    )


def _phones(parts: Sequence[Phones]) -> Phones:
    told = _Rows(parts, "key")
    number, number_places = _pool([part.number for part in parts])
    national, national_places = _pool([part.national for part in parts])
    number_of = _renamed([part.number_of for part in parts], number_places)
    national_of = _renamed([part.national_of for part in parts], national_places)
    ids, first = distinct(
        mix(
            hashes_at(number.hashes, number_of),
            hashes_at(national.hashes, national_of),
            told.column("extension"),
            told.column("guessed").astype(np.int64),
        ),
        np.zeros(len(number_of), dtype=bool),
    )
    return Phones(
        held=_lists([part.held for part in parts], told.split(ids)),
        number=number,
        number_of=number_of[first],
        extension=told.column("extension")[first],
        key=told.column("key")[first],
        national=national,
        national_of=national_of[first],
        line=told.column("line")[first],
        long=told.column("long")[first],
        subscriber=told.column("subscriber")[first],
        toll_free=told.column("toll_free")[first],
        guessed=told.column("guessed")[first],
    )


def _identifiers(parts: Sequence[Identifiers]) -> Identifiers:
    told = _Rows(parts, "key")
    value, places = _pool([part.value for part in parts])
    first = examples(np.concatenate(places), len(value))
    return Identifiers(
        held=_lists([part.held for part in parts], places),
        value=value,
        key=told.column("key")[first],
        namespace=told.column("namespace")[first],
        unique=told.column("unique")[first],
    )


class _Rows:
    """The distinct values of all parts, one part after the other; one that several parts tell is there
    several times. `any_column` is the name of one that has a row for each."""

    def __init__(self, parts: Sequence[Any], any_column: str) -> None:
        self._parts = parts
        self._sizes = [len(getattr(part, any_column)) for part in parts]

    def column(self, name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in self._parts])

    def split(self, ids: Ids) -> list[Ids]:
        """Ids of these rows, by part."""
        return np.split(ids, np.cumsum(self._sizes)[:-1])


def _pool(parts: Sequence[Pool]) -> tuple[Pool, list[Ids]]:
    """One pool of several, and for each of these the new places of its texts."""
    texts: Any = pa.concat_arrays([part.values.cast(pa.large_string()) for part in parts])
    encoded = texts.dictionary_encode()
    del texts
    ids, values = encoded.indices.to_numpy(), encoded.dictionary
    hashes = np.empty(len(values), dtype=np.int64)
    hashes[ids] = np.concatenate([part.hashes for part in parts])
    if values.nbytes <= TEXT_AT_MOST:
        values = values.cast(pa.string())
    return Pool(values, hashes), np.split(ids, np.cumsum(list(map(len, parts)))[:-1])


def _renamed(ids: Sequence[Ids], places: Sequence[Ids]) -> Ids:
    """The ids of all parts in the new places; silence stays."""
    renamed = [np.append(now, np.int32(-1))[old] for old, now in zip(ids, places, strict=True)]
    return np.concatenate(renamed)


def _lists(parts: Sequence[Lists], places: Sequence[Ids]) -> Lists:
    """The lists of all parts' contacts, their ids in the new places."""
    ids = [now[part.ids] for part, now in zip(parts, places, strict=True)]
    return Lists(_offsets(parts), np.concatenate(ids), sum(part.left_out for part in parts))


def _offsets(parts: Sequence[Lists]) -> Positions:
    return np.concatenate([[0], np.cumsum(np.concatenate([part.counts for part in parts]))]).astype(np.int64)


_NOBODY = build_features(CONTACTS.empty_table())
_UNTOLD = _NOBODY.words
"""Words of which nothing is told yet: that is told of the words of all blocks, once."""

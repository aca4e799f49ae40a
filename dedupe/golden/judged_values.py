"""Decisions of people about single emails and phones, applied to contacts before they are matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, Mask, array, integers, lists, mask, one, parents
from dedupe.model import ValueVerdict

_COLUMN_OF = {"email": "emails", "phone": "phones"}


class JudgedValue(Protocol):
    """A live decision about an email or a phone, which is named by its match key."""

    @property
    def field(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def verdict(self) -> ValueVerdict: ...
    @property
    def source_contacts(self) -> Sequence[UUID]: ...


def judged(contacts: pa.Table, judgements: Iterable[JudgedValue], seeds: Any) -> pa.Table:
    """CONTACTS with the decisions applied; `seeds[i]` is the id of the contact in row i.

    A value that is shared or a placeholder gets that mark and links nobody; one that is "no longer theirs" is
    taken from the contacts that the decision names.
    """
    judgements = list(judgements)
    for field, name in _COLUMN_OF.items():
        mine = [each for each in judgements if each.field == field]
        if mine:
            at = contacts.schema.get_field_index(name)
            column = _judged(one(contacts[name]), mine, seeds)
            contacts = contacts.set_column(at, contacts.schema.field(at), column)
    return contacts


def _judged(column: Any, judgements: list[JudgedValue], seeds: Any) -> Any:
    elements, row = column.flatten(), parents(column)
    for verdict in (ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER):
        keys = [each.key for each in judgements if each.verdict is verdict]
        elements = _marked(elements, _with_key(elements, keys), verdict.value)
    theirs = ~_disowned(elements, row, judgements, seeds)
    return lists(row[theirs], elements.filter(array(theirs)), len(column)).cast(column.type)


def _with_key(elements: Any, keys: list[str]) -> Mask:
    """Which elements have one of the keys as their strongest match key."""
    strongest = pc.list_element(_never_empty(elements.field("keys")), 0)
    return mask(pc.is_in(strongest, value_set=pa.array(keys, pa.string())))


def _never_empty(keys: Any) -> Any:
    some = array(integers(pc.list_value_length(keys), missing=0) > 0)
    return pc.if_else(some, keys, pa.scalar([None], keys.type))


def _disowned(elements: Any, row: Integers, judgements: list[JudgedValue], seeds: Any) -> Mask:
    disowned = np.zeros(len(row), np.bool_)
    for each in judgements:
        if each.verdict is ValueVerdict.NOT_THEIRS:
            named = pa.array([str(contact) for contact in each.source_contacts], pa.string())
            theirs = mask(pc.is_in(one(seeds), value_set=named))
            disowned |= _with_key(elements, [each.key]) & theirs[row]
    return disowned


def _marked(elements: Any, where: Mask, mark: str) -> Any:
    marks = elements.field("marks")
    added = np.flatnonzero(where)
    owner = np.concatenate([parents(marks), added])
    said = pa.concat_arrays([marks.flatten(), pa.array([mark] * len(added), pa.string())])
    order = np.argsort(owner, kind="stable")
    both = lists(owner[order], said.take(array(order)), len(elements)).cast(marks.type)
    fields = list(elements.type)
    children = [both if each.name == "marks" else elements.field(each.name) for each in fields]
    return pa.StructArray.from_arrays(children, fields=fields)

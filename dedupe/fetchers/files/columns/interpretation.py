"""The meaning of a file's columns together: a mapping first, then the exporting product's conventions,
then each name by itself.

    understand(names, mapping) -> Understood

Cells are not consulted: a stored row is read again long after its file is gone, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dedupe.errors import InputError
from dedupe.fetchers.fields import FIELDS, NAMES, PLACE
from dedupe.fetchers.files.columns.header_vocabulary import Words, data, vocabulary, words_of
from dedupe.fetchers.files.columns.headers import Meaning, meaning_of, place_of

_KEPT_OUT = "kept out by --map"
_PRODUCTS = "another thing in this product"
_ANOTHERS = "somebody else's"
_ELSE_NAMELESS = "the name only where a row has no other"
_NO_KEYS = "no source of keys, since no column holds keys"
_SECOND = "a second one of its kind"
_ASIDE = frozenset({"record_id", "source", "language", "time_zone", "created_at", "updated_at", "country"})
_BILLING, _USER, _BUYER = 1, 2, 3  # ranks of `roles` in headers.toml
_WHO = ("full_name", "given_name", "family_name")


@dataclass(frozen=True)
class Understood:
    """What the columns mean. `fields`: column → field, of each column that is read; `aside`: column →
    reason, of those excluded for a known reason; `places`: which postal address a column belongs to;
    `product`: the product that exported the file; `instead`: column → field of names, read in rows
    without a name in the other columns."""

    fields: dict[str, str]
    aside: dict[str, str] = field(default_factory=dict)
    places: dict[str, Words] = field(default_factory=dict)
    product: str | None = None
    instead: dict[str, str] = field(default_factory=dict)

    @property
    def tells_of_people(self) -> bool:
        """Whether any column describes a person: more than keys and times."""
        return bool(self.of_people)

    @property
    def of_people(self) -> list[str]:
        """The columns that describe a person."""
        named = {**self.instead, **self.fields}
        return [column for column, to in named.items() if to not in _ASIDE]


def understand(names: Iterable[str], mapping: Mapping[str, str] | None = None) -> Understood:
    """Interpret the column names. Raises InputError when the mapping names a column that isn't there or an
    unknown field."""
    columns = list(names)
    wanted = dict(mapping or {})
    _check(columns, wanted)
    products = [one for one in data("products")["products"] if _is_of(one, columns)]
    known = {column: to for one in products for column, to in one["columns"].items()} | wanted
    meant = {
        column: Meaning(known[column], place=place_of(column)) if column in known else meaning_of(column)
        for column in columns
    }
    made = _together(meant, known)
    fields = {column: one.field for column, one in made.items() if one.field and one.field != "custom"}
    aside = {column: one.aside for column, one in made.items() if one.aside and not one.field}
    for column, one in made.items():
        if one.field == "custom":
            aside[column] = _KEPT_OUT if column in wanted else _PRODUCTS
    places = {column: made[column].place for column in fields}
    instead = {
        column: one.field
        for column, one in meant.items()
        if aside.get(column) == _ELSE_NAMELESS and one.field
    }
    product = products[0]["name"] if products else None
    return Understood(_ordered(fields, made), aside, places, product, instead)


def _check(columns: Sequence[str], wanted: Mapping[str, str]) -> None:
    if absent := [column for column in wanted if column not in columns]:
        raise InputError(f"--map names columns that the file hasn't: {', '.join(absent)}")
    for to in wanted.values():
        if to not in FIELDS and to != "custom" and not to.startswith("identifier:"):
            raise InputError(f"--map: {to} is not a field; fields: {', '.join(sorted(FIELDS))}, custom")


def _is_of(product: Mapping[str, Any], columns: Sequence[str]) -> bool:
    there = set(columns)
    any_of, all_of = set(product.get("any_of", there)), set(product.get("all_of", ()))
    return bool(any_of & there) and all_of <= there


def _together(meant: Mapping[str, Meaning], known: Mapping[str, str]) -> dict[str, Meaning]:
    """What each column means beside the others."""
    made = dict(meant)
    for step in (
        _beside_names,
        _only_name,
        _shown_names,
        _anybodys_names,
        _weak_names,
        _titles,
        _roles,
        _keys,
    ):
        found = step(made)
        made = {column: one if column in known else found[column] for column, one in made.items()}
    return made


def _beside_names(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Nom` beside `Prénom` is the family name."""
    spelled = {column: words_of(column) for column in made}
    every = set(spelled.values())
    there = {one.field for one in made.values()}
    found = dict(made)
    for column, one in made.items():
        others = vocabulary().beside.get(spelled[column], {})
        to = next((to for words, to in others.items() if words in every and to not in there), None)
        if one.field in _WHO and to:
            found[column] = one._replace(field=to)
    return found


def _only_name(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Kunde` is the name where no other column holds one."""
    if any(one.field in _WHO for one in made.values()):
        return dict(made)
    known = data("headers")["only"]["full_name"].split()
    return {c: Meaning("full_name") if c.strip().casefold() in known else one for c, one in made.items()}


def _shown_names(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Display Name` beside `Name` is made of it, and of more: it goes last."""
    whole = [c for c, one in made.items() if one.field == "full_name" and not one.weak]
    shown = [c for c in whole if words_of(c) in vocabulary().shown]
    if len(shown) == len(whole):
        return dict(made)
    return {c: one._replace(weak=True) if c in shown else one for c, one in made.items()}


def _anybodys_names(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Contact Name` beside given and family name may be an organization: it names who has no other name."""
    whole = {"given_name", "family_name"} <= {one.field for one in made.values()}
    return {
        c: Meaning(aside=_ELSE_NAMELESS)
        if whole and one.field == "full_name" and words_of(c) in vocabulary().anybodys
        else one
        for c, one in made.items()
    }


def _weak_names(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Family` beside `Last Name` is a household."""
    told = {one.field for one in made.values() if not one.weak} & {"given_name", "family_name"}
    return {c: Meaning(aside=_SECOND) if one.weak and one.field in told else one for c, one in made.items()}


def _titles(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """`Title` beside a job title stands before the name."""
    bare = [
        column for column, one in made.items() if one.field == "job_title" and words_of(column) == ("title",)
    ]
    if len(bare) == sum(one.field == "job_title" for one in made.values()):
        return dict(made)
    return {c: one._replace(field="prefix") if c in bare else one for c, one in made.items()}


def _roles(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Exclude values of anyone but the person: a buyer's beside an attendee's, a recipient's."""
    ranks = {one.role for one in made.values() if one.field in _WHO}
    person = min(ranks, default=None)
    found = {}
    for column, one in made.items():
        mine = one.role == 0 or one.field is None or _is_persons(one, made, person, ranks)
        found[column] = one if mine else Meaning(aside=_others(one, person))
    return found


def _others(one: Meaning, person: int | None) -> str:
    """Exclude a shop's guest names but those of the billing address."""
    is_payers = one.field in NAMES and one.role == _BILLING and person == 0
    return _ELSE_NAMELESS if is_payers else _ANOTHERS


def _is_persons(one: Meaning, made: Mapping[str, Meaning], person: int | None, names: set[int]) -> bool:
    if one.field in PLACE:
        return one.role != _BUYER or person == _BUYER
    if one.field in NAMES:
        return one.role == person
    least = min(other.role for other in made.values() if other.field == one.field)
    if person is None or one.role == _USER:
        return one.role == least
    return one.role <= person or (one.role == _BILLING and _BILLING in names) or one.field == "company"


def _keys(made: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Choose one key and one source column: those of the mapping or the product, else the first.

    A file without keys of its own doesn't say which sources those in it belong to.
    """
    found = dict(made)
    for key in ("record_id", "source"):
        named = [column for column, one in found.items() if one.field == key]
        best = next((column for column in named if not found[column].weak), named[0] if named else None)
        found |= {column: Meaning(aside=_SECOND) for column in named if column != best}
    if not any(one.field == "record_id" for one in found.values()):  # then it tells where a lead came from
        found |= {column: Meaning(aside=_NO_KEYS) for column, one in found.items() if one.field == "source"}
    return found


def _ordered(fields: Mapping[str, str], made: Mapping[str, Meaning]) -> dict[str, str]:
    """The columns in the file's order, those that are names only for lack of a better one last."""
    return dict(sorted(fields.items(), key=lambda item: made[item[0]].weak))

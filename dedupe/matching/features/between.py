"""Features of some of the contacts, without a copy: those of one number and the next so many."""

from __future__ import annotations

from dataclasses import fields, replace

from dedupe.matching.features.encoding import Lists
from dedupe.matching.features.types import Births, Features


def features_between(features: Features, start: int, end: int) -> Features:
    """The features of the contacts from number `start` to before `end`, numbered from 0 on; pools are those
    of all contacts. What values are left out is not counted."""
    here = slice(start, end)
    places, births = features.places, features.births
    return replace(
        features,
        size=len(features.matched[here]),
        matched=features.matched[here],
        staff=features.staff[here],
        names=replace(features.names, held=_between(features.names.held, start, end)),
        emails=replace(features.emails, held=_between(features.emails.held, start, end)),
        phones=replace(features.phones, held=_between(features.phones.held, start, end)),
        identifiers=replace(features.identifiers, held=_between(features.identifiers.held, start, end)),
        company_of=features.company_of[here],
        job_title_of=features.job_title_of[here],
        places=replace(
            places,
            street_of=places.street_of[here],
            city_of=places.city_of[here],
            postcode_of=places.postcode_of[here],
        ),
        births=Births(*(getattr(births, field.name)[here] for field in fields(Births))),
        region=features.region[here],
        source=features.source[here],
        household=features.household[here],
    )


def _between(lists: Lists, start: int, end: int) -> Lists:
    offsets = lists.offsets[start : end + 1]
    return Lists(offsets - offsets[0], lists.ids[offsets[0] : offsets[-1]])

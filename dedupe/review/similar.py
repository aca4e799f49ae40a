"""Which other links rest on what one of them rests on, for the day that it proves wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.errors import InputError
from dedupe.review.explain.resolve_reference import ResolvedReference, resolve_reference
from dedupe.review.explain.scored_pair import LoadScorer, explain_pair, of_today
from dedupe.storage import access_log, contact_status, review_candidates, similar_links
from dedupe.storage.access_log import Visitor
from dedupe.storage.aftermath import FormerLink
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import CandidateMember
from dedupe.storage.similar_links import FieldKey, LinkTraits, PageStart, SimilarLink

_FIELDS = {"email": "emails", "phone": "phones", "identifier": "identifiers", "name": "names"}
NAME_KEY = "n:"  # given and family name, short forms and order aside


@dataclass(frozen=True, slots=True)
class Rest:
    """What the pair rests on: `linked` by a live link, or `was_linked` by one that was taken apart; or as it
    would be weighed now."""

    left: str  # source:external_id
    right: str
    linked: bool
    weight: float  # bits
    levels: dict[str, str]  # comparison: name of its level, of those that speak
    values: list[FieldKey]
    was_linked: bool = False


@dataclass(frozen=True, slots=True)
class Similar:
    """`counts`: links in all, with the same levels, and with the same value, by field; then one page."""

    rests_on: Rest
    counts: dict[str, int]
    links: list[SimilarLink]
    after: str | None  # where the next page begins; None: this is the last


def similar(
    connection: Connection,
    visitor: Visitor,
    load_scorer: LoadScorer,
    left: str,
    right: str,
    limit: int = 20,
    after: str | None = None,
    region: str | None = None,
    former: FormerLink | None = None,
) -> Similar:
    """Live links with the levels of this pair, or whose two sides hold a value that its two sides share.

    The pair need not be linked (any more): then it is weighed as it is now, or as it was by the `former` link
    between the two. Raises NotFound for what
    `resolve_reference` can't resolve, and InputError where a side has no live contact, where both name the
    same one, and for an `after` that no page ended with.
    """
    place = _place(after)
    sides = [resolve_reference(connection, each, region) for each in (left, right)]
    one, other, link = _pair(connection, *sides)
    pair = explain_pair(of_today(connection, load_scorer(connection), [one, other]), one, other)
    levels = link["levels"] if link else {step.fact: step.level for step in pair.steps}
    weight = link["weight"] / BIT if link else pair.weight
    if former and not link:
        levels, weight = former.levels, former.weight / BIT
    like = LinkTraits(levels, shared_values(one.content, other.content), (one.id, other.id))
    found = similar_links.listed(connection, like, limit + 1, place)
    page, more = found[:limit], len(found) > limit
    golden = {it.golden_id for it in page if it.golden_id}
    access_log.write(connection, visitor, "similar", sorted(golden))
    rest = Rest(
        f"{one.source}:{one.external_id}",
        f"{other.source}:{other.external_id}",
        link is not None,
        weight,
        levels,
        list(like.values),
        former is not None and link is None,
    )
    last = page[-1] if more else None
    token = f"{round(last.weight * BIT)}/{last.left}/{last.right}" if last else None
    return Similar(rest, similar_links.counted(connection, like), page, token)


def shared_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[FieldKey]:
    """The match keys that both contacts hold, of fields that say who somebody is."""
    shared = []
    for field, column in _FIELDS.items():
        left, right = (contact.get(column) or () for contact in (one, other))
        first, second = _first_keys(left), _first_keys(right)
        keys = first & second
        if field == "name" and not keys:
            keys = _names_in_common(left, right, first | second)
        shared += [FieldKey(field, key) for key in sorted(keys)]
    return shared


def _first_keys(items: Any) -> set[str]:
    return {keys[0] for item in items if (keys := item.get("keys"))}


def _names_in_common(one: Any, other: Any, own: set[str]) -> set[str]:
    """Names that both may be short for: one's own name where that is among them (Bob and Robert Smith)."""
    first, second = (
        {key for item in items for key in item.get("keys") or () if key.startswith(NAME_KEY)}
        for items in (one, other)
    )
    shared = first & second
    return shared & {f"{NAME_KEY}{name}" for name in own} or shared


def _pair(
    connection: Connection, one: ResolvedReference, other: ResolvedReference
) -> tuple[CandidateMember, CandidateMember, dict[str, Any] | None]:
    """The strongest link between the sides, or else their first two contacts."""
    for side, name in ((one, "left"), (other, "right")):
        if not side.live:
            raise InputError(f"no live contact is what the {name} side names; `dedupe explain` tells why")
    ids = [[it.id for it in side.live] for side in (one, other)]
    links = contact_status.links_between(connection, *ids)
    pairs = [(a, b) for a, b in product(*ids) if a != b]
    if not pairs:
        raise InputError("both sides name the same source contact")
    chosen: tuple[UUID, UUID] = pairs[0]
    if links:
        ends = links[0]["left_contact"], links[0]["right_contact"]
        chosen = ends if ends in pairs else (ends[1], ends[0])
    members = review_candidates.members(connection, list(chosen))
    return members[chosen[0]], members[chosen[1]], links[0] if links else None


def _place(after: str | None) -> PageStart | None:
    if after is None:
        return None
    try:
        weight, left, right = after.split("/")
        return PageStart(int(weight), UUID(left), UUID(right))
    except ValueError:
        raise InputError("--after takes what the page before ended with") from None

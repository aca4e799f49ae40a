"""After a wrong merge: what else rests on the same evidence, who saw it while it was wrong, and to whom its
events went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from dedupe.deliveries.subscription import EventSubscription
from dedupe.errors import NotFound, NothingToDecide, TooManyConcerned
from dedupe.model import Verdict
from dedupe.review.deciding import ByHand, decide_at_once
from dedupe.review.explain.scored_pair import LoadScorer
from dedupe.review.recording import DecisionResult, Republish
from dedupe.review.similar import Similar, similar
from dedupe.review.wrong_merges import WrongMerge, strongest_link, wrong_merges
from dedupe.storage import access_log, aftermath, contact_status, event_reasons, outgoing_events
from dedupe.storage.access_log import Visitor
from dedupe.storage.aftermath import Begun, Undelivered, Visit
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event

Alike = Literal["levels", "email", "phone", "identifier", "name"]
"""By what other links are like the wrong one: the same comparison levels, or the same value of a field."""
AT_ONCE = 500
"""The most decisions of one batch (chosen)."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event at one receiver. `state`: delivered; waiting, to be tried again; dead, given
    up; not yet, its turn hasn't come; not asked for, by kinds or sources; before it began."""

    receiver: str
    state: str
    attempts: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ToldEvent:
    event_id: UUID  # as webhooks send it
    event: Event
    deliveries: list[Delivery]


@dataclass(frozen=True, slots=True)
class Visits:
    """Who saw it, the oldest first. `log_begins`: what was before is kept no longer."""

    in_all: int
    visits: list[Visit]
    after: int | None  # where the next page begins; None: this is the last
    log_begins: datetime | None


@dataclass(frozen=True, slots=True)
class ToldEvents:
    """The events about it, from the one that made it wrong to the one that put it right."""

    in_all: int
    events: list[ToldEvent]
    after: int | None


@dataclass(frozen=True, slots=True)
class Aftermath:
    """`similar` is of the first of the wrong merges; None where it can't be told, with the reason."""

    wrong: list[WrongMerge]
    similar: Similar | None
    similar_unknown: str | None
    seen: Visits
    told: ToldEvents


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the page of each list begins, and how long it is."""

    limit: int = 20
    similar_after: str | None = None
    seen_after: int = 0
    told_after: int = 0


def what_else(
    connection: Connection,
    visitor: Visitor,
    load_scorer: LoadScorer,
    subscriptions: Sequence[EventSubscription],
    some_id: UUID,
    pages: Pages,
) -> Aftermath:
    """What a wrong merge may have led to; `some_id` and errors as `wrong_merges` has them."""
    wrong = wrong_merges(connection, some_id)
    like, unknown = _similar(connection, visitor, load_scorer, wrong[0], pages)
    access_log.write(connection, visitor, "aftermath", sorted({each.golden_id for each in wrong}))
    return Aftermath(
        _in_words(connection, wrong),
        like,
        unknown,
        _seen(connection, wrong, pages),
        _told(connection, wrong, subscriptions, pages),
    )


def decide_alike(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    load_scorer: LoadScorer,
    some_id: UUID,
    verdict: Verdict,
    by: Alike,
    note: str = "",
) -> DecisionResult:
    """Decide of all links that are like the wrong one, in one batch, which is revoked at once. Call it within
    `publishing`.

    Raises NothingToDecide where there is none, TooManyConcerned where there are more than `AT_ONCE`,
    DecisionContradicts where live decisions say otherwise of one, and as `wrong_merges`; nothing is decided
    then.
    """
    wrong = wrong_merges(connection, some_id)[0]
    pairs = _alike(connection, visitor, load_scorer, wrong, by)
    said = [ByHand([[left], [right]], verdict, note) for left, right in pairs]
    return decide_at_once(connection, republish, visitor, said)


def _alike(
    connection: Connection, visitor: Visitor, load_scorer: LoadScorer, wrong: WrongMerge, by: Alike
) -> list[tuple[UUID, UUID]]:
    found: list[tuple[UUID, UUID]] = []
    after: str | None = None
    while True:
        page = _page(connection, visitor, load_scorer, wrong, _PAGE, after)
        count = page.counts.get(by, 0)
        if not count:
            raise NothingToDecide(f"no other live link is like it by {by}")
        if count > AT_ONCE:
            raise TooManyConcerned(
                f"{count:,} links are like it by {by}, more than {AT_ONCE} that are decided at once: that "
                "may be what the model goes by, so look at some first, or train anew"
            )
        alike = (one for one in page.links if (one.same_levels if by == "levels" else by in one.same_values))
        found += [(one.left, one.right) for one in alike]
        after = page.after
        if after is None or len(found) == count:
            return found


def _similar(
    connection: Connection, visitor: Visitor, load_scorer: LoadScorer, wrong: WrongMerge, pages: Pages
) -> tuple[Similar | None, str | None]:
    page = pages.limit, pages.similar_after
    try:
        return _page(connection, visitor, load_scorer, wrong, *page), None
    except NotFound as error:
        return None, str(error)


def _page(
    connection: Connection,
    visitor: Visitor,
    load_scorer: LoadScorer,
    wrong: WrongMerge,
    limit: int,
    after: str | None,
) -> Similar:
    """Links that rest on what the wrong merge rests on, or did when it was put right. Raises NotFound where
    that can't be told."""
    former = strongest_link(connection, wrong)
    pair = (former.left, former.right) if former else (wrong.people[0][0], wrong.people[1][0])
    found = {one.id: one for one in contact_status.by_ids(connection, pair)}
    live = [found[each].key for each in pair if each in found and found[each].gone_at is None]
    if len(live) < 2:
        raise NotFound("one of its source contacts is live no longer: what it rested on can't be told")
    left, right = live
    return similar(connection, visitor, load_scorer, left, right, limit=limit, after=after, former=former)


def _in_words(connection: Connection, wrong: Sequence[WrongMerge]) -> list[WrongMerge]:
    events = [event for each in wrong for event in (each.began, each.put_right) if event]
    told = {one.position: one for one in event_reasons.with_words(connection, events)}
    return [
        WrongMerge(
            each.golden_id,
            each.people,
            told[each.began.position] if each.began else None,
            told[each.put_right.position] if each.put_right else None,
        )
        for each in wrong
    ]


def _seen(connection: Connection, wrong: Sequence[WrongMerge], pages: Pages) -> Visits:
    during = [each.period for each in wrong]
    found = aftermath.visits(connection, during, pages.limit + 1, pages.seen_after)
    page = found[: pages.limit]
    after = page[-1].id if len(found) > pages.limit else None
    in_all = aftermath.count_visits(connection, during)
    return Visits(in_all, page, after, aftermath.log_begins(connection))


def _told(
    connection: Connection,
    wrong: Sequence[WrongMerge],
    subscriptions: Sequence[EventSubscription],
    pages: Pages,
) -> ToldEvents:
    during = [each.period for each in wrong]
    found = aftermath.events(connection, during, pages.limit + 1, pages.told_after)
    page = event_reasons.with_words(connection, found[: pages.limit])
    after = page[-1].position if len(found) > pages.limit else None
    failed = aftermath.undelivered(connection, [event.position for event in page])
    begun = aftermath.begun(connection)
    named = {each.name: each for each in subscriptions}
    receivers = sorted({*named, *begun})
    sources = _sources(connection, page)
    told = [
        ToldEvent(
            uuid5(event.run_id, str(event.position)),
            event,
            [
                _delivery(each, event, named.get(each), begun.get(each), failed, sources[event.position])
                for each in receivers
            ],
        )
        for event in page
    ]
    return ToldEvents(aftermath.count_events(connection, during), told, after)


def _sources(connection: Connection, events: Sequence[Event]) -> dict[int, set[str]]:
    members = {event.position: {*event.members_before, *event.members_after} for event in events}
    names = outgoing_events.named_contacts(connection, {one for each in members.values() for one in each})
    return {at: {names[one].source for one in each if one in names} for at, each in members.items()}


def _delivery(
    receiver: str,
    event: Event,
    wanted: EventSubscription | None,
    begun: Begun | None,
    failed: Mapping[tuple[str, int], Undelivered],
    sources: set[str],
) -> Delivery:
    """`wanted`: as it is configured now; None: it is no longer, and what kinds it wanted is not known."""
    lacking = failed.get((receiver, event.position))
    if lacking is not None:
        return Delivery(receiver, lacking.state, lacking.attempts, lacking.reason)
    if wanted is not None and (
        event.kind not in wanted.kinds or (wanted.sources and wanted.sources.isdisjoint(sources))
    ):
        return Delivery(receiver, "not asked for")
    if begun is None or event.position > begun.position:
        return Delivery(receiver, "not yet")
    first = wanted.starts_after if wanted is not None else None
    early = event.position <= first if first is not None else event.occurred_at < begun.began_at
    return Delivery(receiver, "before it began" if early else "delivered")

"""What of the state of the service is not in order, and what a person should do about it, the most urgent
first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dedupe.pipeline.operating import SourceState
from dedupe.pipeline.service_state import NightState, ServiceState

NIGHT_DUE = timedelta(hours=26)
"""Nights are at most a day apart; two hours are for a night that takes longer (chosen)."""
QUESTION_OLD = timedelta(days=7)
"""A question that waits longer is a finding (chosen)."""
ENDED_WELL = ("published", "unchanged")


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong`: something is broken or stands still; `look`: all runs, and a person should look. `page`: where
    to look on the pages."""

    kind: Literal["wrong", "look"]
    what: str
    to_do: str
    page: str


def findings(state: ServiceState) -> list[Finding]:
    """The most urgent first; none: everything is in order."""
    found = [*_of_nights(state), *_of_sources(state), *_of_queue(state), *_of_quality(state)]
    return sorted(found, key=lambda one: one.kind != "wrong")


def next_step(found: list[Finding]) -> str:
    """What to do next, in one sentence."""
    return found[0].to_do if found else "There is nothing to do: everything is in order."


def _of_nights(state: ServiceState) -> Iterator[Finding]:
    if not state.nights:
        yield Finding("wrong", "No night has run yet.", "Run the first night: `dedupe nightly`.", "/")
        return
    for night in state.waiting:
        why = "was only planned" if night.status == "planned" else "is held back by the publish gate"
        to_do = f"Look at the night of {_day(night.started_at)}, then publish or refuse it."
        yield Finding(
            "wrong", f"The night of {_day(night.started_at)} {why}.", to_do, f"/held-runs/{night.id}"
        )
    latest = state.nights[0]
    if latest.status == "failed":
        to_do = "Read the log of the last night, mend what it says, and run it again: `dedupe nightly`."
        yield Finding("wrong", f"The night of {_day(latest.started_at)} failed.", to_do, "/")
    last = _last_good(state.nights)
    if last is None or state.looked_at - last > NIGHT_DUE:
        since = f"since {_day(last)}" if last else "yet"
        to_do = "See why no night ended well (the log, the schedule), and run one: `dedupe nightly`."
        if not state.waiting and latest.status not in ("failed", "running"):
            yield Finding("wrong", f"No night has ended well {since}.", to_do, "/")


def _last_good(nights: list[NightState]) -> datetime | None:
    return next((one.ended_at for one in nights if one.status in ENDED_WELL), None)


def _of_sources(state: ServiceState) -> Iterator[Finding]:
    for source in state.sources:
        yield from _of_source(source, state.looked_at)


def _of_source(source: SourceState, now: datetime) -> Iterator[Finding]:
    name, latest = source.name, source.latest
    if source.held:
        what = f"{name} is held at its last good state{_because(latest.reason if latest else None)}."
        accepting = f"`dedupe nightly --accept {name}`"
        if source.provider == "file":
            accepting += f", or `dedupe import FILE --source {name} --accept` where it has no path"
        to_do = f"See whether {name} really lost or changed that much, then accept it: {accepting}."
        yield Finding("wrong", what, to_do, "/#sources")
    elif latest is not None and latest.status == "failed":
        to_do = f"Mend what keeps {name} from being fetched, and fetch it: `dedupe fetch {name}`."
        yield Finding("wrong", f"{name} could not be fetched{_because(latest.reason)}.", to_do, "/#sources")
    elif source.configured and source.provider == "file" and source.last_complete_at is None:
        if not source.contacts:  # else they came by the API
            to_do = f"Bring a file in: `dedupe import FILE --source {name}`, or the next night by its path."
            yield Finding("look", f"No file of {name} was read yet.", to_do, "/#sources")
    elif source.configured and source.last_complete_at is None:
        to_do = f"Fetch {name}: `dedupe fetch {name}`, or let the next night do it."
        yield Finding("look", f"{name} was never fetched whole.", to_do, "/#sources")
    elif is_stale(source, now):
        since = _day(source.last_complete_at) if source.last_complete_at else "ever"
        to_do = f"See why {name} was not fetched whole, and fetch it: `dedupe fetch {name}`."
        yield Finding("look", f"{name} was last fetched whole on {since}.", to_do, "/#sources")


def is_stale(source: SourceState, now: datetime) -> bool:
    """Whether a configured source was not fetched whole since the night that was due."""
    last = source.last_complete_at
    return source.configured and last is not None and now - last > NIGHT_DUE and source.provider != "file"


def _of_queue(state: ServiceState) -> Iterator[Finding]:
    queue = state.queue
    if queue.held_components:
        what = (
            f"{_many(queue.held_components, 'group')} with {_many(queue.held_contacts, 'changed contact')} "
            "held back from live merging."
        )
        to_do = "Look why they are held back (`dedupe doctor`); the next night asks again."
        yield Finding("look", what, to_do, "/#queue")
    if queue.oldest is not None and state.looked_at - queue.oldest > QUESTION_OLD:
        what = f"Of {queue.questions:,} questions the oldest waits since {_day(queue.oldest)}."
        yield Finding("look", what, "Answer questions of the queue, the oldest first.", "/review")


def _of_quality(state: ServiceState) -> Iterator[Finding]:
    served = next((one for one in state.nights if one.golden_contacts is not None), None)
    if served is not None and state.quality.audited is None:
        to_do = "Draw an audit and judge its samples, so that wrong merges are measured and not estimated."
        yield Finding(
            "look", "How many golden contacts hold two people was never measured.", to_do, "/audits"
        )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"

"""The explanation steps to one golden contact, in order; and those that a contact passes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from dedupe.model import Kind, matched_kinds
from dedupe.review.explain.resolve_reference import ResolvedReference
from dedupe.review.explain.scored_pair import PublishedScorer
from dedupe.storage.contact_status import LastWalk, ListedContact, last_walks
from dedupe.storage.database import Connection

LISTED, READ, LIVE, KIND = "listed", "read", "live", "kind"
BLOCKED, REVIEW, LINK, CLUSTER = "blocked", "review", "link", "cluster"
DECIDED, PUBLISHED = "decided", "published"
STEPS = (LISTED, READ, LIVE, KIND, BLOCKED, REVIEW, LINK, CLUSTER, DECIDED, PUBLISHED)


@dataclass(frozen=True, slots=True)
class ExplanationStep:
    """One condition of being one golden contact; `passed` is None where it was not reached."""

    name: str
    passed: bool | None
    told: str


def steps_of_sides(
    connection: Connection, scorer: PublishedScorer, *sides: ResolvedReference
) -> list[ExplanationStep]:
    """The steps that each side passes by itself, told for both sides; the later ones too if a side stops."""
    walks = {walk.source: walk for walk in last_walks(connection)}
    steps = []
    problems_of: dict[str, Callable[[ResolvedReference], str]] = {
        LISTED: partial(_unlisted, walks=walks),
        READ: _unread,
        LIVE: _gone,
        KIND: partial(_unmatched, scorer=scorer),
    }
    for name, problem_of in problems_of.items():
        problems = [problem_of(side) for side in sides]
        stopped = [f"{side.asked}: {text}" for side, text in zip(sides, problems, strict=True) if text]
        steps.append(ExplanationStep(name, not stopped, "; ".join(stopped) or _FINE[name]))
        if stopped:
            return [*steps, *(ExplanationStep(rest, None, "not reached") for rest in STEPS[len(steps) :])]
    kinds = {tuple(sorted({str(it.kind) for it in matched_contacts(scorer, side)})) for side in sides}
    if len(kinds) > 1 and not set.intersection(*map(set, kinds)):
        steps[-1] = ExplanationStep(KIND, False, "one is staff, the other a customer: kinds never mix")
        return [*steps, *(ExplanationStep(rest, None, "not reached") for rest in STEPS[len(steps) :])]
    return steps


_FINE = {
    LISTED: "a source has both",
    READ: "both could be read",
    LIVE: "both are live",
    KIND: "both are of a kind that is matched",
}

Walks = dict[str, LastWalk]


def _unlisted(side: ResolvedReference, walks: Walks) -> str:
    if side.contacts or side.set_aside:
        return ""
    if side.source is None:
        return f"no live contact of any source has this {side.by}{_unsure(walks.values())}"
    walk = walks.get(side.source)
    never = f"{side.source} has never listed it"
    return f"{never}{_unsure([walk])}" if walk else f"{never}; nothing was ever read from {side.source}"


def _unsure(walks: Iterable[LastWalk]) -> str:
    """Sources whose last walk did not end well may hold it all the same."""
    bad = [walk for walk in walks if walk.status != "complete"]
    told = ", ".join(f"{walk.source} ({walk.status}, {walk.started_at:%Y-%m-%d})" for walk in bad)
    return f"; the last walk did not end well in: {told}" if told else ""


def _unread(side: ResolvedReference) -> str:
    if side.contacts:
        unread = [it for it in side.contacts if it.gone_at is None and it.kind is None]
        waits = "is listed and not normalized yet; the next night or fetch does it"
        return waits if len(unread) == len(side.contacts) else ""
    aside = side.set_aside[0]
    return f"{aside.source} sent it and it was set aside ({aside.place}): {aside.reason}"


def _gone(side: ResolvedReference) -> str:
    gone = [it for it in side.contacts if it.gone_at is not None]
    if side.live or not gone:
        return ""
    last = gone[-1]
    return f"{last.source} has it no longer since {last.gone_at:%Y-%m-%d} ({last.gone_because})"


def _unmatched(side: ResolvedReference, scorer: PublishedScorer) -> str:
    if matched_contacts(scorer, side):
        return ""
    kinds = sorted({str(it.kind) for it in side.live})
    more = "; [match] match_staff is off" if Kind.STAFF.value in kinds else ""
    return f"it is of the kind {' and '.join(kinds)}, which is not matched{more}"


def matched_contacts(scorer: PublishedScorer, side: ResolvedReference) -> list[ListedContact]:
    """Those of the side's live contacts that are of a kind that is matched."""
    return [it for it in side.live if it.kind in matched_kinds(scorer.staff)]

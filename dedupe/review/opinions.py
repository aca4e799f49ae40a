"""A second opinion: a reviewer says what they think, and another decides.

Who is asked says first what they think themselves. Where both think the same, that is the answer; where not,
the other sees both verdicts and decides. So what two reviewers agree in is measured, and neither leans on the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dedupe.errors import AlreadyAnswered, DecisionRefused
from dedupe.model import Verdict
from dedupe.review.claims import check_known
from dedupe.review.recording import check_fresh, checked
from dedupe.storage import review_candidates, review_claims, review_opinions
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import ReviewCandidate
from dedupe.storage.review_opinions import Opinion


def give(
    connection: Connection,
    visitor: Visitor,
    candidate_id: UUID,
    verdict: Verdict,
    saw: str,
    note: str = "",
    ask: str | None = None,
) -> list[Opinion]:
    """Say what the visitor thinks without deciding, and give the question to another reviewer: to `ask`, or
    to whoever comes next. Gives all opinions on it, which the visitor may see now.

    Raises NotFound for what isn't asked now and for a name that no reviewer has, EvidenceOutdated when its
    members are no longer as the visitor saw them, DecisionRefused where the visitor asks themselves,
    AlreadyAnswered where they gave an opinion and others theirs since.
    """
    candidate = _fresh(connection, candidate_id, saw)
    if ask is not None:
        check_known(connection, visitor, ask)
    if ask == visitor.who:
        raise DecisionRefused("a second opinion is another's: name another reviewer, or none")
    _keep(connection, visitor, candidate, verdict, note)
    review_claims.release(connection, candidate_id)
    if ask is not None:
        review_claims.assign(connection, candidate_id, ask, visitor.who)
    return review_opinions.about(connection, candidate)


def differing(
    connection: Connection,
    visitor: Visitor,
    candidate_id: UUID,
    verdict: Verdict,
    saw: str,
    note: str = "",
    *,
    seen_too: bool = False,
) -> list[Opinion]:
    """What stands between the visitor's verdict and a decision: opinions of others that differ, of one who
    hasn't seen them. Then the verdict is kept as their opinion. None of what isn't asked now, which can't be
    decided. Raises EvidenceOutdated as `give`.

    `seen_too`: whether or not the visitor has seen them, for who has to say that they decide in spite of
    them; then the same request sent again decides no more than the first did.
    """
    if not review_candidates.is_asked(connection, candidate_id):
        return []
    candidate = _fresh(connection, candidate_id, saw)
    found = review_opinions.about(connection, candidate)
    gave = any(each.who == visitor.who for each in found)
    if gave and not seen_too:
        return []
    others = [each for each in found if each.who != visitor.who and each.verdict != verdict]
    if others and not gave:
        _keep(connection, visitor, candidate, verdict, note)
    return others


def visible(found: Sequence[Opinion], who: str) -> list[Opinion]:
    """All of them to one who gave theirs, else none."""
    return list(found) if any(each.who == who for each in found) else []


def _keep(
    connection: Connection, visitor: Visitor, candidate: ReviewCandidate, verdict: Verdict, note: str
) -> None:
    if not review_opinions.give(connection, candidate, visitor.who, verdict.value, checked(note)):
        raise AlreadyAnswered("you gave your opinion, and others theirs since: look at them and decide")


def _fresh(connection: Connection, candidate_id: UUID, saw: str) -> ReviewCandidate:
    candidate = review_candidates.get(connection, candidate_id)
    check_fresh(saw, review_candidates.members(connection, candidate.members))
    return candidate

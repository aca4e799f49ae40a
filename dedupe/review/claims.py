"""Questions given to one reviewer at a time: by working on them, or because they were assigned."""

from __future__ import annotations

from uuid import UUID

from dedupe.errors import NotFound
from dedupe.storage import review_candidates, review_claims
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import ALL, QueueFilter
from dedupe.storage.review_claims import Claim


def claim_next(
    connection: Connection, visitor: Visitor, wanted: QueueFilter = ALL, besides: UUID | None = None
) -> UUID | None:
    """The question that the visitor is given, theirs for a while; None where none is left for them.

    `besides`: not this one, which they are at. Of two who ask at the same time each is given another.
    """
    review_claims.sweep(connection)
    while (found := review_claims.next_for(connection, visitor.who, wanted, besides)) is not None:
        if review_claims.claim(connection, found, visitor.who):
            return found
    return None


def claim(
    connection: Connection, visitor: Visitor, candidate_id: UUID, *, take_over: bool = False
) -> Claim | None:
    """Make a question the visitor's while they work on it, unless another has it: then that one's claim.
    `take_over`: even so. Raises NotFound for what isn't asked now."""
    review_candidates.get(connection, candidate_id)
    review_claims.claim(connection, candidate_id, visitor.who, take_over=take_over)
    return review_claims.live(connection, [candidate_id]).get(candidate_id)


def release(connection: Connection, visitor: Visitor, candidate_id: UUID) -> None:
    """Give it back before the claim ends. What was assigned stays so. Raises NotFound."""
    review_candidates.get(connection, candidate_id)
    review_claims.release(connection, candidate_id, visitor.who)


def assign(connection: Connection, visitor: Visitor, candidate_id: UUID, who: str | None) -> Claim | None:
    """Give a question to a reviewer until it is answered; None gives it to nobody in particular.

    Raises NotFound for what isn't asked now, and for a name that no reviewer has.
    """
    review_candidates.get(connection, candidate_id)
    if who is None:
        review_claims.release(connection, candidate_id)
        return None
    check_known(connection, visitor, who)
    review_claims.assign(connection, candidate_id, who, visitor.who)
    return review_claims.live(connection, [candidate_id]).get(candidate_id)


def check_known(connection: Connection, visitor: Visitor, who: str) -> None:
    """Raises NotFound for a name that no reviewer has."""
    known = {*review_claims.reviewers(connection), visitor.who}
    if who not in known:
        raise NotFound(f"no reviewer is called so; these are known: {', '.join(sorted(known))}")

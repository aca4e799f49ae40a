"""Which type of problem each error raised on purpose is."""

from __future__ import annotations

from dedupe.errors import (
    AlreadyAnswered,
    AlreadyRevoked,
    AlreadyRolledBack,
    DatabaseUnavailable,
    DecisionContradicts,
    DecisionRefused,
    DedupeError,
    DiskFull,
    EvidenceOutdated,
    IndexUnusable,
    InputError,
    LockHeld,
    LockLost,
    NoLongerServed,
    NotFound,
    NothingToAccept,
    NothingToDecide,
    RollbackRefused,
    RunNotWaiting,
    RunOvertaken,
    SignInRefused,
    TooManyConcerned,
    UnreadableValue,
    ValueNotOffered,
)
from dedupe.pipeline.access_requests import ErasedMeanwhile, SeveralPeople
from dedupe.web.problem_type import ProblemType
from dedupe.web.problem_types import (
    ALREADY_ANSWERED,
    ALREADY_REVOKED,
    ALREADY_ROLLED_BACK,
    BUSY,
    DATABASE_UNAVAILABLE,
    DECISION_CONTRADICTS,
    DECISION_REFUSED,
    ERASED_MEANWHILE,
    EVIDENCE_OUTDATED,
    INDEX_UNUSABLE,
    INPUT_UNUSABLE,
    NO_LONGER_SERVED,
    NOT_KNOWN,
    NOTHING_TO_ACCEPT,
    NOTHING_TO_DECIDE,
    ROLLBACK_REFUSED,
    RUN_NOT_WAITING,
    RUN_OVERTAKEN,
    SEVERAL_PEOPLE,
    SIGN_IN_REFUSED,
    TOO_MANY_CONCERNED,
    VALUE_NOT_OFFERED,
    VALUE_UNREADABLE,
)

OF_ERRORS: list[tuple[type[DedupeError], ProblemType]] = [
    (SeveralPeople, SEVERAL_PEOPLE),
    (ErasedMeanwhile, ERASED_MEANWHILE),
    (UnreadableValue, VALUE_UNREADABLE),
    (NotFound, NOT_KNOWN),
    (RunNotWaiting, RUN_NOT_WAITING),
    (NothingToAccept, NOTHING_TO_ACCEPT),
    (InputError, INPUT_UNUSABLE),
    (NoLongerServed, NO_LONGER_SERVED),
    (EvidenceOutdated, EVIDENCE_OUTDATED),
    (DecisionContradicts, DECISION_CONTRADICTS),
    (AlreadyAnswered, ALREADY_ANSWERED),
    (AlreadyRevoked, ALREADY_REVOKED),
    (NothingToDecide, NOTHING_TO_DECIDE),
    (ValueNotOffered, VALUE_NOT_OFFERED),
    (TooManyConcerned, TOO_MANY_CONCERNED),
    (AlreadyRolledBack, ALREADY_ROLLED_BACK),
    (RunOvertaken, RUN_OVERTAKEN),
    (RollbackRefused, ROLLBACK_REFUSED),
    (DecisionRefused, DECISION_REFUSED),
    (SignInRefused, SIGN_IN_REFUSED),
    (LockHeld, BUSY),
    (LockLost, BUSY),
    (DiskFull, DATABASE_UNAVAILABLE),
    (DatabaseUnavailable, DATABASE_UNAVAILABLE),
    (IndexUnusable, INDEX_UNUSABLE),
]
"""The type of each error raised on purpose: that of the first class here that it belongs to."""


def of_error(error: DedupeError) -> ProblemType | None:
    """None for an error that no request may cause: a bug of ours."""
    return next((made for kind, made in OF_ERRORS if isinstance(error, kind)), None)

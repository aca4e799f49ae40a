"""The version token of a question: which members a decider saw, and in which version.

It goes out with the question as `seen` and comes back with the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from dedupe.errors import InputError
from dedupe.storage.review_candidates import CandidateMember

HASH = 16  # hexadecimal digits of a hash that are enough to tell two versions apart


class News(NamedTuple):
    """Source contacts of a question that are not as the decider saw them."""

    changed: list[UUID]
    joined: list[UUID]
    gone: list[UUID]

    def __bool__(self) -> bool:
        return bool(self.changed or self.joined or self.gone)


def token(members: Mapping[UUID, CandidateMember]) -> str:
    """Names each member with a hash of its identifying fields: no values."""
    return ".".join(f"{seed.hex}{_short(members[seed])}" for seed in sorted(members))


def members_of(seen: str) -> list[UUID]:
    """The source contacts that the token names. Raises InputError for a token that isn't one."""
    return list(_read(seen))


def news(seen: str, members: Mapping[UUID, CandidateMember]) -> News:
    """What has changed since the token was given out. Raises InputError for a token that isn't one."""
    before = _read(seen)
    return News(
        changed=[seed for seed in before if seed in members and before[seed] != _short(members[seed])],
        joined=[seed for seed in members if seed not in before],
        gone=[seed for seed in before if seed not in members],
    )


def _short(member: CandidateMember) -> str:
    return member.identity_hash.hex()[:HASH]


def _read(seen: str) -> dict[UUID, str]:
    try:
        return {UUID(hex=part[:32]): part[32:] for part in seen.split(".")}
    except ValueError:
        raise InputError(
            "this isn't a `seen`: read the candidate, or preview the act, and send what it gave"
        ) from None

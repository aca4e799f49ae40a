"""Sign-ins of people: who, when, how, from where and when last; the cookie of each is stored hashed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, func, insert, text, update

from dedupe.errors import NotFound
from dedupe.storage.tables import sign_ins
from dedupe.storage.tokens import Scope, holds

TOLD_EVERY = timedelta(minutes=1)
"""The last use is written no oftener than this, so that looking costs no write."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """`scopes`: what it opens. `live`: it isn't ended, nor over, nor its token revoked."""

    id: UUID
    who: str
    way: str  # token, proxy, oidc
    scopes: list[str]
    address: str
    signed_in_at: datetime
    last_used_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    live: bool

    def allows(self, scope: Scope) -> bool:
        return holds(self.scopes, scope)


class MadeSignIn(NamedTuple):
    id: UUID
    secret: str  # for the browser's cookie; only its hash is kept


def make(
    connection: Connection,
    who: str,
    way: str,
    scopes: Sequence[str],
    address: str,
    lasts: timedelta,
    *,
    subject: str | None = None,
    token_id: UUID | None = None,
) -> MadeSignIn:
    """Begin one that a browser keeps; it ends by itself after so long."""
    made = MadeSignIn(uuids.uuid7(), secrets.token_urlsafe(32))
    given = {"id": made.id, "who": who, "subject": subject, "way": way, "scopes": list(scopes)}
    connection.execute(
        insert(sign_ins).values(
            **given,
            secret_hash=_hash(made.secret),
            token_id=token_id,
            address=address,
            signed_in_at=func.clock_timestamp(),
            last_used_at=func.clock_timestamp(),
            expires_at=func.clock_timestamp() + lasts,
        )
    )
    return made


def find(connection: Connection, secret: str, address: str) -> SignIn | None:
    """The live one with this secret, or None; notes that it was used, and from where."""
    row = connection.execute(_FIND, {"hash": _hash(secret)}).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(_USED, {"id": row["id"], "address": address, "every": TOLD_EVERY})
    return SignIn(**row)


def by_proxy(connection: Connection, who: str, scopes: Sequence[str], address: str) -> None:
    """Note that a proxy's visitor is here, from this address: one row a day and address. There is no session
    of ours to end: the proxy keeps it."""
    given = {"who": who, "address": address, "scopes": list(scopes)}
    if not connection.execute(_BY_PROXY, given).scalar_one():
        row = {"id": uuids.uuid7(), "way": "proxy", **given}
        connection.execute(
            insert(sign_ins).values(
                **row, signed_in_at=func.clock_timestamp(), last_used_at=func.clock_timestamp()
            )
        )


def end(connection: Connection, sign_in: UUID, by: str, whose: str | None = None) -> None:
    """End one from the next request on. `whose`: only if it is theirs. Raises NotFound where there is no such
    one, or it has ended."""
    mine = [sign_ins.c.id == sign_in, sign_ins.c.ended_at.is_(None)]
    if whose is not None:
        mine.append(sign_ins.c.who == whose)
    done = connection.execute(
        update(sign_ins).where(*mine).values(ended_at=func.clock_timestamp(), ended_by=by)
    )
    if done.rowcount == 0:
        raise NotFound("there is no such sign-in, or it has ended")


def end_by_secret(connection: Connection, secret: str) -> None:
    """End the one that a browser holds; nothing happens where there is none."""
    connection.execute(
        update(sign_ins)
        .where(sign_ins.c.secret_hash == _hash(secret), sign_ins.c.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp(), ended_by=sign_ins.c.who)
    )


def end_everywhere(connection: Connection, who: str, by: str) -> int:
    """End all of somebody's that aren't over; gives their number. Tokens stay: they are revoked apart."""
    return connection.execute(_END_EVERYWHERE, {"who": who, "by": by}).rowcount


def listed(
    connection: Connection,
    limit: int,
    who: str | None = None,
    *,
    live_only: bool = False,
    after: UUID | None = None,
) -> list[SignIn]:
    """The latest first, of those before the one `after`; of somebody, or of everybody."""
    where = ["true"]
    given: dict[str, Any] = {"limit": limit}
    if who is not None:
        where.append("s.who = :who")
        given["who"] = who
    if after is not None:
        where.append("s.id < :after")  # ids are in the order of time
        given["after"] = after
    if live_only:
        where.append(_LIVE)
    query = text(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY s.id DESC LIMIT :limit")
    return [SignIn(**row) for row in connection.execute(query, given).mappings()]


def delete_before(connection: Connection, moment: datetime) -> int:
    """Delete those that were last used before that moment (retention); gives their number."""
    return connection.execute(_DELETE, {"moment": moment}).rowcount


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


_LIVE = """(s.ended_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
            AND (s.token_id IS NULL OR EXISTS (
              SELECT FROM dedupe.api_tokens t WHERE t.id = s.token_id AND t.revoked_at IS NULL
                 AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()))))"""
_SELECT = f"""
    SELECT s.id, s.who, s.way, s.scopes, s.address, s.signed_in_at, s.last_used_at, s.expires_at, s.ended_at,
           s.ended_by, {_LIVE} AS live
      FROM dedupe.sign_ins s"""
_FIND = text(f"{_SELECT} WHERE s.secret_hash = :hash AND {_LIVE}")
# Not at all while another request is noting it, which may work for long: nobody waits for it.
_USED = text("""
    UPDATE dedupe.sign_ins SET last_used_at = clock_timestamp(), address = :address
     WHERE id = (SELECT id FROM dedupe.sign_ins
                  WHERE id = :id AND (last_used_at < clock_timestamp() - :every OR address <> :address)
                    FOR UPDATE SKIP LOCKED)""")
_OF_TODAY = """
    SELECT id FROM dedupe.sign_ins
     WHERE way = 'proxy' AND who = :who AND address = :address AND ended_at IS NULL
       AND signed_in_at > clock_timestamp() - interval '1 day'"""
_BY_PROXY = text(f"""
    WITH used AS (
      UPDATE dedupe.sign_ins SET last_used_at = clock_timestamp(), scopes = :scopes
       WHERE id IN ({_OF_TODAY} FOR UPDATE SKIP LOCKED))
    SELECT EXISTS ({_OF_TODAY})""")
_END_EVERYWHERE = text(f"""
    UPDATE dedupe.sign_ins s SET ended_at = clock_timestamp(), ended_by = :by
     WHERE s.who = :who AND {_LIVE}""")
_DELETE = text("""
    DELETE FROM dedupe.sign_ins
     WHERE last_used_at < :moment AND (ended_at IS NOT NULL OR expires_at IS NULL
                                       OR expires_at < clock_timestamp())""")

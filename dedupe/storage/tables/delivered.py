"""Tables of what was told to other systems: how far each subscription is, and which events it still lacks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Uuid, text

from dedupe.storage.tables.columns import RECORDS, moment, plain, required, table, uuids

subscriptions = table(
    "subscriptions",
    RECORDS,
    plain("name", primary_key=True),  # its name in the configuration
    required("position", BigInteger),  # every event up to here was delivered, or is in undelivered_events
    required("delivered", BigInteger),  # how many were, in all
    moment("last_delivered_at", nullable=True),
    required("rests", Integer),  # times in a row that it rested because nothing was accepted
    moment("rests_until", nullable=True),
    plain("reason", nullable=True),  # why the last delivery failed that did; never what was received
    moment("began_at"),
)

undelivered_events = table(
    "undelivered_events",
    RECORDS,
    plain("subscription"),
    required("position", BigInteger),  # of the event
    required("event_id", Uuid),  # as receivers know it
    uuids("ids"),  # golden ids that the event names: later events of these wait behind it
    plain("state"),  # waiting, dead; lost: events after this position are kept no more
    required("attempts", Integer),
    moment("first_failed_at", nullable=True),
    moment("next_at", nullable=True),  # null while an earlier event holds it back, and of a dead one
    moment("died_at", nullable=True),
    plain("reason", nullable=True),  # why the last attempt failed; never what was received
    required("replays", Integer, server_default=text("0")),
    PrimaryKeyConstraint("subscription", "position"),
    Index(None, "subscription", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    Index(None, "ids", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)

expired_events = table(
    "expired_events",
    RECORDS,
    Column(
        "through", BigInteger, primary_key=True, autoincrement=False
    ),  # events up to here are kept no more
    moment("expired_at"),
)

"""Tables of when nights are due, and of what became of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, PrimaryKeyConstraint

from dedupe.storage.tables.columns import RECORDS, moment, plain, required, table

night_schedule = table(
    "night_schedule",
    RECORDS,
    plain("name", primary_key=True),  # nights: there is one
    plain("plan", nullable=True),  # in words; null before any process has run nights by it
    moment("next_at", nullable=True),  # when one is due; past while it is at work or is to be made up
    moment("paused_at", nullable=True),
    moment("asked_at", nullable=True),  # a person asked for a night now
)

scheduled_nights = table(
    "scheduled_nights",
    RECORDS,
    required("due_at", DateTime(timezone=True)),
    plain("why"),
    required("missed", Integer),  # of missed: how many times it stands for
    required("attempts", Integer),  # that ended without saying how, or are at work
    plain("process"),  # that began it: host and process id
    moment("began_at"),  # the latest attempt
    moment("ended_at", nullable=True),
    plain("outcome", nullable=True),
    Column("exit_code", Integer, nullable=True),
    PrimaryKeyConstraint("due_at"),
    CheckConstraint("why IN ('due', 'missed', 'asked')", name="why"),
    Index(None, "began_at"),
)

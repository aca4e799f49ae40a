"""What the review queue is narrowed by: the pattern of each question, its sources and countries, what its
members are called and reached by. Made when it is asked for, of what is new in the queue since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from dedupe.matching.comparisons.agreement_patterns import pattern_of
from dedupe.normalizers.text import fold
from dedupe.storage.database import Database
from dedupe.storage.review_candidates import QueueFilter, conditions

_AT_ONCE = 2000  # candidates of one transaction, whose rows are kept from being removed meanwhile (chosen)
_OF_NO_COUNTRY = "001"  # the region of numbers that no country has, such as toll-free ones
BANDS = ((0.0, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.0))
"""Ranges of probability that questions are counted by (chosen)."""
MOST_VALUES = 200  # of a facet, those of most questions (chosen)


@dataclass(frozen=True, slots=True)
class Counted:
    """A value of a facet, and of how many questions it is so. Of `probability` the value is the lower end."""

    facet: str  # cause, pattern, source, country, probability, holder
    value: str
    questions: int


@dataclass(frozen=True, slots=True)
class SharedValue:
    """An email or phone that both sides of questions hold, by its match key."""

    field: str  # email, phone
    key: str
    questions: int


def fill(database: Database) -> int:
    """Make it for the questions that are new or were asked anew since; gives their number. What somebody
    removes at this moment is left out."""
    filled = 0
    while True:
        with database.begin() as connection:
            written = _fill_some(connection)
        filled += written
        if not written:
            return filled


def counted(connection: Connection, wanted: QueueFilter) -> list[Counted]:
    """Of the questions that the filter lets through, those of each value, the most first."""
    given: dict[str, Any] = {"most": MOST_VALUES}
    where = conditions(wanted, given)
    rows = connection.execute(text(_COUNTED.format(wanted=where)), given).mappings()
    return [Counted(**row) for row in rows]


def shared_values(connection: Connection, limit: int) -> list[SharedValue]:
    """Emails and phones that both sides of questions hold, those of most questions first."""
    return _values(connection.execute(_SHARED, {"limit": limit}))


def hanging_on(connection: Connection, candidate: UUID) -> list[SharedValue]:
    """The emails and phones that both sides of a question hold, with how many questions hang on each."""
    _fill(connection, connection.execute(_ONE, {"id": candidate}).mappings().all())
    return _values(connection.execute(_HANGING, {"id": candidate}))


def _values(rows: Iterable[Any]) -> list[SharedValue]:
    parted = [(*row.value.split(" ", 1), row.questions) for row in rows]
    return [SharedValue(field, key, questions) for field, key, questions in parted]


def _fill_some(connection: Connection) -> int:
    return _fill(connection, connection.execute(_MISSING, {"limit": _AT_ONCE}).mappings().all())


def _fill(connection: Connection, found: Sequence[RowMapping]) -> int:
    ids = sorted({*chain.from_iterable((*row["left_members"], *row["right_members"]) for row in found)})
    members = {row["id"]: row for row in connection.execute(_CONTENTS, {"ids": ids}).mappings()}
    rows = [_facets(dict(row), members) for row in found]
    return connection.execute(_WRITE, rows).rowcount if rows else 0


def _facets(row: Mapping[str, Any], members: Mapping[UUID, Any]) -> dict[str, Any]:
    left, right = ([members[seed] for seed in row[side] if seed in members] for side in _SIDES)
    both = [*left, *right]
    pairs = row["evidence"]["pairs"]
    strongest = max(pairs, key=lambda pair: int(pair["weight"]), default=None)
    return {
        "id": row["id"],
        "run_id": row["run_id"],
        "pattern": pattern_of(strongest["levels"]) if strongest else "",
        "sources": sorted({member["source_id"] for member in both}),
        "countries": sorted(set(chain.from_iterable(_countries(member["content"]) for member in both))),
        "words": " ".join(dict.fromkeys(chain.from_iterable(map(_words, both)))),
        "shared_values": sorted(_keys(left) & _keys(right)),
    }


_SIDES = ("left_members", "right_members")


def _countries(content: Mapping[str, Any]) -> Iterable[str]:
    place = content.get("place") or {}
    regions = [phone.get("region") for phone in content.get("phones") or ()]
    return (one for one in (place.get("country"), *regions) if one and one != _OF_NO_COUNTRY)


def _words(member: Mapping[str, Any]) -> Iterable[str]:
    """Each as `fold` gives it; emails, phones, identifiers and keys in lower case besides."""
    content = member["content"]
    for name in content.get("names") or ():
        yield fold(name.get("value") or name.get("given") or "")
    for field in ("emails", "phones", "identifiers"):
        for item in content.get(field) or ():
            yield (item.get("value") or item.get("given") or "").lower()
    yield f"{member['source']}:{member['external_id']}".lower()


def _keys(side: Sequence[Mapping[str, Any]]) -> set[str]:
    return {
        f"{field} {item['keys'][0]}"
        for member in side
        for field, column in (("email", "emails"), ("phone", "phones"))
        for item in member["content"].get(column) or ()
        if item.get("keys")
    }


_UNREAD = """
    SELECT c.id, c.run_id, c.left_members, c.right_members, c.evidence
      FROM dedupe.review_candidates c LEFT JOIN dedupe.review_facets f ON f.candidate_id = c.id
     WHERE f.run_id IS DISTINCT FROM c.run_id"""
_MISSING = text(f"{_UNREAD} ORDER BY c.id LIMIT :limit")
_ONE = text(f"{_UNREAD} AND c.id = :id")
_HANGING = text("""
    SELECT value, (SELECT count(*) FROM dedupe.review_facets o WHERE o.shared_values @> ARRAY[value])
           AS questions
      FROM dedupe.review_facets f, unnest(f.shared_values) AS value
     WHERE f.candidate_id = :id ORDER BY 2 DESC, 1""")
_CONTENTS = text("""
    SELECT c.id, c.source_id, s.name AS source, c.external_id, n.content
      FROM dedupe.source_contacts c
      JOIN dedupe.sources s ON s.id = c.source_id
      JOIN dedupe.contacts n ON n.source_contact_id = c.id
     WHERE c.id = ANY(:ids)""")
_WRITE = text("""
    INSERT INTO dedupe.review_facets
           (candidate_id, run_id, pattern, sources, countries, words, shared_values)
    SELECT c.id, :run_id, :pattern, CAST(:sources AS uuid[]), CAST(:countries AS text[]), :words,
           CAST(:shared_values AS text[])
      FROM dedupe.review_candidates c WHERE c.id = :id FOR KEY SHARE SKIP LOCKED
    ON CONFLICT (candidate_id) DO UPDATE SET
           run_id = excluded.run_id, pattern = excluded.pattern, sources = excluded.sources,
           countries = excluded.countries, words = excluded.words, shared_values = excluded.shared_values""")
_BANDS = ", ".join(f"({low}, {high})" for low, high in BANDS)
_COUNTED = f"""
    WITH wanted AS MATERIALIZED (
      SELECT c.id, c.cause, c.probability, f.pattern, f.sources, f.countries, h.who AS holder
        FROM dedupe.review_candidates c
        LEFT JOIN dedupe.review_facets f ON f.candidate_id = c.id AND f.run_id = c.run_id
        LEFT JOIN dedupe.review_claims h ON h.candidate_id = c.id
             AND (h.expires_at IS NULL OR h.expires_at > clock_timestamp())
       WHERE {{wanted}}),
    counted AS (
      SELECT 'cause' AS facet, cause AS value, count(*) AS questions FROM wanted GROUP BY 2
      UNION ALL
      SELECT 'pattern', pattern, count(*) FROM wanted WHERE pattern IS NOT NULL GROUP BY 2
      UNION ALL
      SELECT 'source', o.name, count(*)
        FROM wanted, unnest(sources) AS s(id) JOIN dedupe.sources o ON o.id = s.id GROUP BY 2
      UNION ALL
      SELECT 'country', country, count(*) FROM wanted, unnest(countries) AS country GROUP BY 2
      UNION ALL
      SELECT 'probability', CAST(low AS text), count(*)
        FROM wanted, (VALUES {_BANDS}) AS band(low, high)
       WHERE probability BETWEEN low AND high GROUP BY 2
      UNION ALL
      SELECT 'holder', holder, count(*) FROM wanted WHERE holder IS NOT NULL GROUP BY 2)
    SELECT facet, value, questions
      FROM (SELECT *, row_number() OVER (PARTITION BY facet ORDER BY questions DESC, value) AS place
              FROM counted) AS placed
     WHERE place <= :most ORDER BY facet, questions DESC, value"""
_SHARED = text("""
    SELECT value, count(*) AS questions FROM dedupe.review_facets, unnest(shared_values) AS value
     GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :limit""")

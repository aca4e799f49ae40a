"""Comparison levels of links and review candidates by name, no longer by position.

Before, `links.levels` and `review_candidates.evidence` held a level's position in the list of the day, and −1
where a side was silent. What stands in a row is put into words by the list of revision 0001, which is kept
here: the code's own list goes on changing, history doesn't. Silent comparisons are left out. A position that
the list doesn't have stays as it is.

The text of a candidate's evidence is made as Python's `json.dumps(…, sort_keys=True)` makes it, so that the
next night finds the same question and not a changed one.
"""

import json

from alembic import op

revision = "0002"
down_revision = "0001"

LEVELS = {
    "given_name": "different initial alike part slip nickname swapped same",
    "family_name": "different initial alike part slip swapped same",
    "full_name": "both_differ both_swapped both_agree",
    "given_names_known": "both not_both",
    "middle_name": "different initial same",
    "suffix": "different same",
    "email": "different domain local_of_name local near shared_by_many shared_by_few shared_by_two same",
    "email_name": "neither given family spelled",
    "phone": "different digit extension subscriber shared_by_many shared_by_few shared_by_two same",
    "identifier": "different near same",
    "company": "different alike same",
    "street": "different alike near same",
    "town": "different near town_only town postcode_only postcode both",
    "birth": "different year two_parts digit swapped known_parts same",
    "source": "same different",
}
"""The levels of each comparison in revision 0001, by position."""

NAMES = """
CREATE TEMPORARY TABLE level_names ON COMMIT DROP AS
SELECT c.key AS comparison, l.place - 1 AS position, to_json(l.name) AS name
  FROM json_each_text(CAST(%(levels)s AS json)) AS c,
       unnest(string_to_array(c.value, ' ')) WITH ORDINALITY AS l(name, place)
"""

LINKS = """
CREATE TEMPORARY TABLE agreement_patterns ON COMMIT DROP AS
SELECT positions, CAST((
    SELECT '{' || coalesce(string_agg(
               to_json(was.key)::text || ':' || coalesce(n.name::text, was.value::text),
               ',' ORDER BY was.place), '') || '}'
      FROM json_each(positions::json) WITH ORDINALITY AS was(key, value, place)
      LEFT JOIN level_names n ON n.comparison = was.key AND n.position::text = was.value::text
     WHERE was.value::text <> '-1') AS json) AS levels
  FROM (SELECT DISTINCT levels::text AS positions FROM dedupe.links
         WHERE levels::text ~ '^{"[a-z_]+": ?-?[0-9]') AS stored;

UPDATE dedupe.links SET levels = p.levels
  FROM agreement_patterns p WHERE links.levels::text = p.positions;
"""
"""Many links have the same pattern: each is put into words once."""

CANDIDATES = """
UPDATE dedupe.review_candidates SET evidence = CAST((
    SELECT '{"decisions": ' || (evidence -> 'decisions')::text || ', "pairs": ['
           || string_agg(
               '{"left": ' || (pair.value -> 'left')::text || ', "levels": {' || (
                   SELECT coalesce(string_agg(
                              to_json(was.key)::text || ': ' || coalesce(n.name::text, was.value::text),
                              ', ' ORDER BY was.key COLLATE "C"), '')
                     FROM json_each(pair.value -> 'levels') AS was(key, value)
                     LEFT JOIN level_names n ON n.comparison = was.key AND n.position::text = was.value::text
                    WHERE was.value::text <> '-1')
               || '}, "right": ' || (pair.value -> 'right')::text
               || ', "weight": ' || (pair.value -> 'weight')::text || '}', ', ' ORDER BY pair.place)
           || ']}'
      FROM json_array_elements(evidence -> 'pairs') WITH ORDINALITY AS pair(value, place)) AS json)
 WHERE evidence::text ~ '"levels": ?{'
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(NAMES, {"levels": json.dumps(LEVELS)})
    connection.exec_driver_sql(LINKS)
    connection.exec_driver_sql(CANDIDATES)

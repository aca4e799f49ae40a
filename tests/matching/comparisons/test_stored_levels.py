"""Stored levels are names: they say the same under whatever levels the comparisons have today."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS, EMAIL
from dedupe.matching.comparisons.stored_levels import LEVEL_NAMES, positions, sentence
from dedupe.matching.comparisons.types import Comparison, ComparisonLevel
from dedupe.matching.evidence_class import evidence_class

LEVELS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(levels) for name, levels in LEVEL_NAMES.items()}
)
NEW = ComparisonLevel("plus_tag", "the mailboxes differ by a tag alone")


def changed(comparison: Comparison, at: int) -> Comparison:
    """With a level inserted at this place, and the worst one gone."""
    levels = comparison.levels
    return replace(comparison, levels=(*levels[1:at], NEW, *levels[at:]))


@given(LEVELS, st.sampled_from(COMPARISONS), st.data())
def test_another_set_of_levels_reads_what_was_stored_as_it_was_meant(
    stored: dict[str, str], one: Comparison, data: st.DataObject
) -> None:
    other = changed(one, data.draw(st.integers(1, len(one.levels))))
    today = [other if each is one else each for each in COMPARISONS]
    read = positions(stored, today)
    gone = stored.get(one.name) == one.levels[0].name
    assert read.keys() == stored.keys() - ({one.name} if gone else set())
    for name, place in read.items():
        assert (other if name == one.name else BY_NAME[name]).levels[place].name == stored[name]
    for name, level in stored.items():
        told = f"{name}: {level}" if gone and name == one.name else sentence(name, level)
        assert sentence(name, level, today) == told


def test_a_comparison_that_is_no_more_is_shown_as_it_was_stored() -> None:
    assert sentence("zodiac", "leo") == "zodiac: leo"
    assert positions({"zodiac": "leo", "email": "same"}) == {"email": len(EMAIL.levels) - 1}


def test_unknown_levels_count_for_nothing_where_evidence_is_ranked() -> None:
    assert evidence_class(positions({"email": "telepathy", "phone": "same"})) == "phone"

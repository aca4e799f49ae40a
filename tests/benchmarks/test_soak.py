"""The contacts of a night of the soak follow from its number alone, so that it goes on where it stopped."""

from __future__ import annotations

from benchmarks.soak import CHANGED, PHONE, Churn
from dedupe.simulators.population.export import COLUMNS

ROWS = [["" if at else f"crm:{n}" for at, _ in enumerate(COLUMNS)] for n in range(1500)]


def test_a_night_is_the_same_whether_or_not_it_was_the_first_of_a_process() -> None:
    all_along, gone_on = Churn(ROWS, 1000), Churn(ROWS, 1000)
    nights = [all_along.of(night) for night in range(1, 21)]
    assert gone_on.of(20) == nights[-1]


def test_a_share_of_the_contacts_changes_each_night_and_some_are_replaced() -> None:
    churn = Churn(ROWS, 1000)
    before, after = ({row[0]: row[PHONE] for row in churn.of(night)} for night in (1, 2))
    assert len(before.keys() - after.keys()) == len(after.keys() - before.keys()) == 3
    changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    assert 0 < len(changed) < 3 * 1000 * CHANGED

"""The publish gate holds a broken night back and says why."""

from __future__ import annotations

from typing import Any

import pytest

from dedupe.golden.gate import GateLimits, check_limits, raised_limits

LIMITS = GateLimits()


def numbers(**news: Any) -> dict[str, Any]:
    """A night of 1000 source contacts in 800 golden ones without any news but these."""
    quiet: dict[str, Any] = {
        "source_contacts_before": 1000,
        "golden_contacts_before": 800,
        "largest_cluster": 7,
        "sources": {},
        **dict.fromkeys(("gone", "merged", "split", "changed"), 0),
    }
    return quiet | news


def source(**news: Any) -> dict[str, Any]:
    fill = {"emails": 0.9, "phones": 0.4}
    return {"before": 500, "now": 500, "gone": 0, "fill": fill, "fill_before": fill} | news


def test_a_quiet_night_passes() -> None:
    assert check_limits(numbers(sources={"crm": source()}), LIMITS).passes


@pytest.mark.parametrize(
    ("news", "limit"),
    [
        ({"gone": 51}, "max_share_gone"),
        ({"merged": 81}, "max_share_merged"),
        ({"split": 17}, "max_share_split"),
        ({"changed": 401}, "max_share_changed"),
        ({"largest_cluster": 101}, "max_cluster"),
        ({"sources": {"crm": source(gone=26)}}, "max_share_gone"),
        ({"sources": {"crm": source(fill={"emails": 0.9, "phones": 0.29})}}, "max_fill_rate_drop"),
        ({"sources": {"crm": source(fill={"emails": 0.9})}}, "max_fill_rate_drop"),
    ],
)
def test_a_night_over_a_limit_is_held_back_with_the_limit_named(news: dict[str, Any], limit: str) -> None:
    (reason,) = check_limits(numbers(**news), LIMITS).reasons
    assert limit in reason


def test_at_the_limit_it_passes() -> None:
    assert check_limits(
        numbers(gone=50, merged=80, split=16, changed=400, largest_cluster=100), LIMITS
    ).passes


def test_shares_of_a_handful_hold_nothing_back() -> None:
    few = numbers(source_contacts_before=9, golden_contacts_before=9, gone=5, merged=5, split=5, changed=9)
    assert check_limits(few | {"sources": {"crm": source(before=9, gone=9, fill={})}}, LIMITS).passes


def test_every_reason_is_told_at_once() -> None:
    assert len(check_limits(numbers(gone=500, merged=500), LIMITS).reasons) == 2


def test_what_a_person_took_passes_again_and_nothing_much_worse() -> None:
    seen = numbers(gone=200, largest_cluster=150, sources={"crm": source(gone=200, fill={})})
    limits = raised_limits(LIMITS, seen)
    assert check_limits(seen, limits).passes
    assert not check_limits(seen | {"gone": 500}, limits).passes
    assert not check_limits(seen | {"merged": 100}, limits).passes


def test_what_a_handful_lost_does_not_open_the_gate_for_all() -> None:
    few = source(before=3, now=0, gone=3, fill={})
    limits = raised_limits(LIMITS, numbers(merged=200, sources={"few": few, "crm": source()}))
    assert limits.max_share_gone == LIMITS.max_share_gone
    assert limits.max_fill_rate_drop == LIMITS.max_fill_rate_drop

"""Small charts of the pages, as SVG that takes its colours from the page it stands in.

A chart is the same as long as its figures are, so each is drawn once: drawing takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import altair

from dedupe.wiring.charts import chart, svg

INK, ACCENT, BAD = "var(--quiet)", "var(--accent)", "var(--against)"
"""Colours of the style sheet, which are others in the dark."""
_WIDTH, _HEIGHT = 250, 70
_FONT = "inherit"


class Bar(NamedTuple):
    """A night: its day, its number, and whether it ended well."""

    day: str
    number: float
    good: bool = True


class Interval(NamedTuple):
    """A share with its interval of 95 %."""

    label: str
    share: float
    low: float
    high: float


@lru_cache(maxsize=64)
def nights_chart(bars: Sequence[Bar]) -> str:
    """A bar for each night, the earliest first; those that did not end well are of another colour.

    `bars` is a tuple: the same figures are drawn once.
    """
    rows = [{"at": at, **bar._asdict()} for at, bar in enumerate(bars)]
    drawn = chart(rows, "", _WIDTH, _HEIGHT).mark_bar(cornerRadiusTopLeft=1, cornerRadiusTopRight=1)
    coded = drawn.encode(
        x=altair.X("at:O", axis=None, scale=altair.Scale(paddingInner=0.25)),
        y=altair.Y("number:Q", title=None, axis=altair.Axis(tickCount=2, format="~s", domain=False)),
        color=altair.condition("datum.good", altair.value(ACCENT), altair.value(BAD)),
    )
    return _themed(coded)


@lru_cache(maxsize=64)
def interval_chart(intervals: Sequence[Interval]) -> str:
    """A line for each interval with a dot at the share, on one axis from 0. `intervals` is a tuple."""
    rows = [{"at": at, **one._asdict()} for at, one in enumerate(intervals)]
    base = chart(rows, "", 420, 34 * len(rows)).encode(
        y=altair.Y("label:N", sort=[one.label for one in intervals], title=None, axis=_labels())
    )
    scale = altair.Scale(domainMin=0, nice=True)
    axis = altair.Axis(format="~%", tickCount=5, domain=False)
    line = base.mark_rule(strokeWidth=3, color=ACCENT, opacity=0.5).encode(
        x=altair.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q"
    )
    dot = base.mark_point(filled=True, opacity=1, size=90, color=ACCENT).encode(x="share:Q")
    return _themed(line + dot)


def _labels() -> Any:
    return altair.Axis(labelLimit=180, domain=False, ticks=False, labelPadding=8)


def _themed(drawn: Any) -> str:
    """The SVG, ready to stand in a page: hidden from screen readers, since the page tells it in words."""
    axes = altair.AxisConfig(
        labelColor=INK, tickColor=INK, gridColor=INK, gridOpacity=0.2, labelFont=_FONT, titleFont=_FONT
    )
    settings = altair.Config(
        background="transparent", aria=False, axis=axes, view=altair.ViewConfig(stroke=None), font=_FONT
    )
    return svg(drawn.configure(**settings.to_dict())).replace(
        "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
    )

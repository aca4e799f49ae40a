"""The benchmarks' charts as SVG text; same figures, same bytes."""

from __future__ import annotations

from typing import Any

import altair

from dedupe.wiring.charts import INK, chart, svg

ORDER = ("exact keys", "Splink", "GoldenMatch", "ours", "ceiling")
COLOURS = ("#b8b8b8", "#c98a1b", "#a4508b", "#1f6f5c", "#7d9cc0")


def quality_chart(found: list[tuple[str, dict[str, Any]]]) -> str:
    """Pairwise F1 of every subject and system, side by side."""
    rows = [
        {"subject": name, "system": system, "f1": figures[system]["f1"]}
        for name, figures in found
        for system in ORDER
        if system in figures
    ]
    names = [name for name, _ in found]
    colour = altair.Color("system:N", scale=altair.Scale(domain=ORDER, range=COLOURS), title=None)
    base = chart(rows, "Pairwise F1, without identifiers", width=420, height=22 * len(names)).encode(
        x=altair.X("f1:Q", title="F1", scale=altair.Scale(domain=[0, 1])),
        y=altair.Y("subject:N", title=None, sort=names, axis=altair.Axis(labelLimit=240, labelColor=INK)),
    )
    return svg(base.mark_point(filled=True, size=90, opacity=0.95).encode(color=colour))


def reliability_chart(groups: dict[str, list[dict[str, Any]]]) -> str:
    """What is said of pairs against what is so, by band; the upper end once more, enlarged."""
    rows = [{**band, "data": name} for name, bands in groups.items() for band in bands]
    whole = _reliability(rows, 0.0, "Said and right")
    upper = _reliability([row for row in rows if row["said"] >= 0.9], 0.9, "From 0.9 up")
    return svg(altair.hconcat(whole, upper))


def _reliability(rows: list[dict[str, Any]], lowest: float, title: str) -> Any:
    scale = altair.Scale(domain=[lowest, 1], clamp=True)
    size = {"width": 260, "height": 260}
    even = chart([{"said": lowest, "right": lowest}, {"said": 1, "right": 1}], title, **size)
    line = even.mark_line(color="#b8b8b8", strokeDash=[4, 4]).encode(
        x=altair.X("said:Q", scale=scale), y=altair.Y("right:Q", scale=scale)
    )
    base = chart(rows, title, **size).encode(
        x=altair.X("said:Q", title="probability said", scale=scale),
        color=altair.Color("data:N", scale=altair.Scale(range=["#1f6f5c", "#c98a1b"]), title=None),
    )
    dots = base.mark_point(filled=True, size=60).encode(
        y=altair.Y("right:Q", title="share right", scale=scale)
    )
    spread = base.mark_rule().encode(y=altair.Y("low:Q", scale=scale), y2="high:Q")
    return line + spread + dots

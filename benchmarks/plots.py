"""The benchmarks' charts as SVG text; same figures, same bytes."""

from __future__ import annotations

from typing import Any

import altair

from dedupe.wiring.charts import INK, chart, svg

ORDER = ("exact keys", "Splink", "ours", "ceiling")
COLOURS = ("#b8b8b8", "#c98a1b", "#1f6f5c", "#7d9cc0")


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
        x=altair.X("f1:Q", title="F1", scale=altair.Scale(domain=[0.3, 1], clamp=True)),
        y=altair.Y("subject:N", title=None, sort=names, axis=altair.Axis(labelLimit=240, labelColor=INK)),
    )
    return svg(base.mark_point(filled=True, size=90, opacity=0.95).encode(color=colour))

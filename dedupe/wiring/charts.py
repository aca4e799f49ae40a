"""Charts as SVG text; the same figures give the same bytes, without time or machine in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair
import vl_convert

from dedupe.arrays.units import BIT
from dedupe.pipeline.evaluating import Point

WIDTH, HEIGHT = 420, 280
INK, OURS, OTHERS = "#444444", "#1f6f5c", "#c98a1b"

Row = dict[str, Any]


def svg(drawn: Any) -> str:
    text: str = vl_convert.vegalite_to_svg(drawn.to_dict())
    return text


def chart(rows: Sequence[Row], title: str, width: int = WIDTH, height: int = HEIGHT) -> Any:
    """An empty chart of plain rows, without marks and encodings."""
    data: Any = altair.Data  # untyped in the published library
    return altair.Chart(data(values=list(rows)), width=width, height=height, title=title)


def curve_chart(points: Sequence[Point], title: str) -> str:
    """Precision over recall at each link threshold, with the chosen threshold marked."""
    rows = [
        {
            "recall": point.figures.recall,
            "precision": point.figures.precision,
            "threshold": f"{point.link / BIT:.0f}",
            "chosen": point.chosen,
        }
        for point in sorted(points, key=lambda point: point.link)
    ]
    base = chart(rows, title).encode(
        x=altair.X("recall:Q", title="recall", scale=altair.Scale(zero=False, nice=True)),
        y=altair.Y("precision:Q", title="precision", scale=altair.Scale(zero=False, nice=True)),
    )
    line = base.mark_line(color=OURS, interpolate="linear").encode(order="threshold:Q")
    dots = base.mark_point(filled=True, opacity=1).encode(
        color=altair.condition("datum.chosen", altair.value(OTHERS), altair.value(OURS)),
        size=altair.condition("datum.chosen", altair.value(120), altair.value(40)),
    )
    names = base.mark_text(align="left", dx=7, dy=-5, color=INK, fontSize=10).encode(text="threshold:N")
    return svg(line + dots + names)

"""The waterfall of a pair as an SVG: what each comparison adds, from the prior to the weight.

It stands alone: readable in light and in dark (the viewer's preference), with a title and a description for
those who can't see it, and every text escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from dedupe.review.explain.scored_pair import Pair

ROW, TEXT, BARS, NUMBER, EDGE = 26, 470, 380, 70, 16  # pixels
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE = """
  :root { color-scheme: light dark; }
  .page { fill: #ffffff; } text { fill: #1b1f24; font: 13px system-ui, sans-serif; }
  .head { font-weight: 600; font-size: 15px; } .small { fill: #57606a; font-size: 12px; }
  .for { fill: #1a7f37; } .against { fill: #cf222e; } .whole { fill: #57606a; }
  .mark { stroke: #57606a; stroke-dasharray: 4 3; } .zero { stroke: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .small { fill: #9198a1; }
    .for { fill: #3fb950; } .against { fill: #f85149; } .whole { fill: #9198a1; }
    .mark { stroke: #9198a1; } .zero { stroke: #6e7681; }
  }"""


@dataclass(frozen=True)
class _Bar:
    told: str
    start: float
    end: float
    whole: bool = False  # from nought: a sum, not a step


def svg(pair: Pair, title: str, review: float, link: float) -> str:
    """`title` names the two contacts; thresholds in bits."""
    bars = _bars(pair)
    scale = _Scale([0.0, review, link, *(end for bar in bars for end in (bar.start, bar.end))])
    top, height = 84, 84 + ROW * len(bars) + 34
    width = EDGE * 2 + TEXT + BARS + NUMBER
    verdict = f"{pair.probability:.1%} one person: {pair.decision}"
    rows = [_row(bar, top + ROW * at, scale) for at, bar in enumerate(bars)]
    marks = [_mark(scale.x(0.0), "", top, len(bars), "zero")]
    marks += [
        _mark(scale.x(at), text, top, len(bars), "mark")
        for at, text in ((review, f"look {review:+.1f}"), (link, f"link {link:+.1f}"))
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<title id="title">{_text(title)}</title>',
        f'<desc id="desc">{_text(_described(pair, verdict))}</desc>',
        f"<style>{_STYLE}\n</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="head" x="{EDGE}" y="28">{_text(_short(title, 110))}</text>',
        f'<text class="small" x="{EDGE}" y="48">{_text(f"{pair.weight:+.2f} bits, {verdict}")}</text>',
        *marks,
        *rows,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bars(pair: Pair) -> list[_Bar]:
    at = pair.prior
    bars = [_Bar(f"before anything is compared, against {pair.rival}", 0.0, at)]
    for step in pair.steps:
        bars.append(_Bar(step.sentence, at, at + step.weight))
        at += step.weight
    if abs(at - pair.weight) > 1e-9:
        bars.append(_Bar("circumstances alone never join two people", at, pair.weight))
    return [*bars, _Bar("together", 0.0, pair.weight, whole=True)]


class _Scale:
    """Bits to pixels, with a little air on both sides."""

    def __init__(self, seen: list[float]) -> None:
        air = max(max(seen) - min(seen), 1.0) * 0.04
        self._low, self._high = min(seen) - air, max(seen) + air

    def x(self, bits: float) -> float:
        return EDGE + TEXT + (bits - self._low) / (self._high - self._low) * BARS


def _row(bar: _Bar, y: int, scale: _Scale) -> str:
    left, right = sorted((scale.x(bar.start), scale.x(bar.end)))
    kind = "whole" if bar.whole else "for" if bar.end >= bar.start else "against"
    weight = bar.end - bar.start
    number = EDGE + TEXT + BARS + NUMBER
    return (
        f"<g><title>{_text(f'{bar.told}: {weight:+.2f} bits')}</title>"
        f'<text x="{EDGE}" y="{y + 17}">{_text(_short(bar.told, 72))}</text>'
        f'<rect class="{kind}" x="{left:.1f}" y="{y + 4}" width="{max(right - left, 1.0):.1f}" '
        f'height="{ROW - 9}" rx="2"/>'
        f'<text x="{number}" y="{y + 17}" text-anchor="end">{weight:+.2f}</text></g>'
    )


def _mark(x: float, told: str, top: int, rows: int, kind: str) -> str:
    bottom = top + ROW * rows + 4
    line = f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{bottom}"/>'
    if not told:
        return line
    low = bottom + (14 if told.startswith("look") else 26)
    return f'{line}<text class="small" x="{x:.1f}" y="{low}" text-anchor="middle">{_text(told)}</text>'


def _described(pair: Pair, verdict: str) -> str:
    steps = "; ".join(f"{step.sentence} {step.weight:+.2f}" for step in pair.steps)
    return f"Before anything is compared {pair.prior:+.2f} bits against {pair.rival}; {steps}. {verdict}."


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(text: str) -> str:
    """As XML, whatever it holds."""
    return escape(_NOT_XML.sub("\ufffd", text), {'"': "&quot;"})

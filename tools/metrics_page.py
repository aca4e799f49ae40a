"""`docs/reference/metrics.md`, made from the metrics' own definitions."""

from dedupe.pipeline.figures import FIGURES
from dedupe.web.metrics import OWN
from tools.markdown import paragraph, table

_HEAD = """\
<!-- by `python -m tools.reference_pages`; from dedupe/pipeline/figures.py and dedupe/web/metrics.py -->

# Metrics
"""
_INTRODUCTION = """
`GET /metrics` tells these to Prometheus: counts and times, never values of contacts. What is stored is the
same from every process; what a process counts is its own. How to scrape them, alert rules and a dashboard:
[running it as a service](../running.md#metrics).
"""
_ENDS = {"counter": "_total", "histogram": "_bucket, _count, _sum", "info": "_info"}


def page() -> str:
    stored = [[f"`{one.name}`", one.label or "", one.meaning] for one in FIGURES]
    own = [[f"`{one.name}`{_end(one.kind)}", ", ".join(one.labels), one.kind, one.meaning] for one in OWN]
    process = "As well as `process_…` of the Prometheus client: memory, processor, open files, start."
    return "\n".join(
        [
            _HEAD,
            paragraph(_INTRODUCTION),
            "## What is stored\n\nAll are gauges.\n",
            table(["metric", "label", "meaning"], stored),
            "## What a process counts\n",
            table(["metric", "labels", "kind", "meaning"], own),
            paragraph(process),
        ]
    )


def _end(kind: str) -> str:
    return f" ({_ENDS[kind]})" if kind in _ENDS else ""

"""What a merge did, in words and as JSON, with the time and peak memory of each stage."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from dedupe.matching.training.em import FEWEST_MATCHES
from dedupe.pipeline.expected_merges import evidence_lines
from dedupe.tracing import span

_KIBIBYTES = 1 if sys.platform != "darwin" else 1 / 1024


@dataclass
class Stage:
    name: str
    seconds: float
    peak_mb: int  # the most that this process has held at once until the stage ended


@dataclass
class Stages:
    """Measures stages and tells of each as it begins."""

    tell: Callable[[str], None] = lambda _: None
    done: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.tell(name)
        begin = time.perf_counter()
        with span(name):
            yield
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTES / 1024
        self.done.append(Stage(name, round(time.perf_counter() - begin, 3), round(peak)))


@dataclass
class MergeReport:
    run_id: str
    status: str = "running"  # published, unchanged, planned, held
    source_contacts: dict[str, int] = field(default_factory=dict)  # live ones, by source
    model: dict[str, Any] = field(default_factory=dict)  # its id; on a first night what it learned
    matching: dict[str, Any] = field(default_factory=dict)
    golden: dict[str, int] = field(default_factory=dict)  # made, changed, merged, split …
    links: dict[str, int] = field(default_factory=dict)
    review: dict[str, int] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)  # measured or estimated: see pipeline.quality
    gate: dict[str, Any] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)  # rows by table; empty unless published
    digest: str = ""  # of the staged state
    mode: str = "full"  # full, incremental, quiet; "full, as saved": by saved term frequencies
    why: str = ""  # why that
    stages: list[Stage] = field(default_factory=list)

    @property
    def rows_written(self) -> int:
        return sum(self.written.values())

    @property
    def held_for(self) -> list[str]:
        reasons: list[str] = self.gate.get("reasons", [])
        return reasons

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "rows_written": self.rows_written}

    def in_words(self) -> str:
        lines = [f"run {self.run_id}: {_STATUS[self.status]}"]
        if self.why:
            lines.append(f"  {self.why}")
        by_source = ", ".join(f"{name} {count:,}" for name, count in self.source_contacts.items())
        lines.append(f"  source contacts  {sum(self.source_contacts.values()):,} ({by_source or 'none'})")
        if "learned" in self.model:
            lines.append(f"  model            {self._model()}")
        lines.append(f"  matching         {_counts(self.matching)}")
        lines.append(f"  links            {_counts(self.links)}")
        lines.append(f"  review queue     {_counts(self.review)}")
        lines.append(f"  golden contacts  {_counts(self.golden)}")
        if self.quality:
            lines.append(f"  quality          {_quality(self.quality)}")
            lines += [f"    {line}" for line in evidence_lines(self.quality.get("by_evidence", {}))]
        lines += [f"  over the limit   {reason}" for reason in self.held_for]
        if self.status == "held":
            lines.append(f"  The old state stays served. Look, then: dedupe publish {self.run_id}")
        if self.status in ("published", "unchanged"):
            rows = {table: count for table, count in self.written.items() if count}
            lines.append(f"  rows written     {_counts(rows) or '0'}")
        lines += [f"  {each.seconds:9.2f} s  {each.peak_mb:6,} MB  {each.name}" for each in self.stages]
        return "\n".join(lines)

    def _model(self) -> str:
        """What a night that found no active model did about it."""
        matches = f"about {self.model['expected_matches']:,.0f} matches"
        if not self.model["learned"]:
            wanted = f"only {matches} to learn from, {FEWEST_MATCHES} are wanted"
            return f"the shipped one: {wanted}; the next night tries again"
        kept = "saved and active" if self.model["id"] else "saved once a night is published"
        return f"learned on this first night from {matches}, {kept}; from then on `dedupe train` learns"


_STATUS = {
    "running": "did not end",
    "published": "published",
    "unchanged": "nothing is new; nothing was written",
    "planned": "planned; nothing was published",
    "held": "held back by the publish gate",
}


def _quality(told: dict[str, Any]) -> str:
    names = (("wrong_merges", "wrong merges"), ("wrong_pairs", "wrong pairs"), ("missed", "missed matches"))
    shares = [f"{words} {_percent(*told[name])}" for name, words in names if name in told]
    return f"{told['basis']}: {', '.join(shares)}"


def _percent(share: float, low: float, high: float) -> str:
    return f"{share:.2%} ({low:.2%} to {high:.2%})"


def _counts(counts: dict[str, Any]) -> str:
    """The whole numbers among the counts, in words."""
    return ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if isinstance(count, int)
    )

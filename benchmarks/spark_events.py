"""What Spark did, by the stages of a run: seconds, tasks, bytes shuffled and spilled, from its event log."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MEGABYTE = 1_000_000
_BETWEEN = "between"


@dataclass
class StageOfRun:
    """`seconds` of its jobs by the clock, `working` of its tasks together; bytes over all tasks."""

    jobs: int = 0
    tasks: int = 0
    failed: int = 0
    seconds: float = 0.0
    working: float = 0.0
    shuffled: int = 0
    spilled: int = 0

    def add(self, other: StageOfRun) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def settings(folder: Path) -> dict[str, str]:
    """Spark's settings by which it writes its event log to the folder, as one file of plain text."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}
    return {"spark.eventLog.enabled": "true", "spark.eventLog.dir": folder.as_uri(), **plain}


def by_stage(folder: Path) -> dict[str, StageOfRun]:
    """The stages by name, in the order in which they began; `between` is what none of them asked for."""
    told, names, began = defaultdict[str, StageOfRun](StageOfRun), dict[int, str](), dict[int, int]()
    of_job: dict[int, str] = {}
    for event in _events(folder):
        kind = event["Event"]
        if kind == "SparkListenerJobStart":
            job, name = event["Job ID"], event.get("Properties", {}).get("spark.job.description", _BETWEEN)
            of_job[job], began[job] = name, event["Submission Time"]
            names.update(dict.fromkeys(event["Stage IDs"], name))
            told[name].jobs += 1
        elif kind == "SparkListenerJobEnd":
            told[of_job[event["Job ID"]]].seconds += (event["Completion Time"] - began[event["Job ID"]]) / 1e3
        elif kind == "SparkListenerTaskEnd":
            told[names.get(event["Stage ID"], _BETWEEN)].add(_task(event))
    return dict(told)


def table(stages: dict[str, StageOfRun]) -> str:
    """As text, a line each and their sum."""
    whole = StageOfRun()
    for each in stages.values():
        whole.add(each)
    head = (
        f"{'stage':20} {'jobs':>5} {'tasks':>6} {'seconds':>8} {'working':>8} "
        f"{'shuffled MB':>12} {'spilled MB':>11}"
    )
    return "\n".join([head, *(_line(name, each) for name, each in [*stages.items(), ("all", whole)])])


def _line(name: str, of: StageOfRun) -> str:
    lost = f"  {of.failed} tasks failed" if of.failed else ""
    return (
        f"{name:20} {of.jobs:5} {of.tasks:6} {of.seconds:8.1f} {of.working:8.1f} "
        f"{of.shuffled / _MEGABYTE:12,.1f} {of.spilled / _MEGABYTE:11,.1f}{lost}"
    )


def _task(event: dict[str, Any]) -> StageOfRun:
    metrics = event.get("Task Metrics") or {}
    shuffled = metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    failed = event["Task End Reason"]["Reason"] != "Success"
    working = metrics.get("Executor Run Time", 0) / 1e3
    return StageOfRun(0, 1, int(failed), 0.0, working, shuffled, metrics.get("Disk Bytes Spilled", 0))


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

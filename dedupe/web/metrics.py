"""What `/metrics` tells: what this process counts, and what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dedupe import __version__
from dedupe.pipeline.figures import FIGURES, MeasuredFigure
from dedupe.storage.database import CONNECTIONS, Database

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


@dataclass(frozen=True, slots=True)
class OwnMetric:
    """One that a process counts by itself; `kind`: counter, histogram, gauge or info."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


REQUESTS = OwnMetric("dedupe_http_requests", "counter", "Requests answered", ("method", "route", "status"))
SECONDS = OwnMetric(
    "dedupe_http_request_seconds",
    "histogram",
    "Time to the last byte of an answer, lookups among them",
    ("route",),
)
IN_USE = OwnMetric(
    "dedupe_database_connections_in_use", "gauge", "Connections to Postgres at work, of this process's pool"
)
CONNECTIONS_AT_MOST = OwnMetric("dedupe_database_connections", "gauge", "… of so many at most")
BUILD = OwnMetric("dedupe_build", "info", "The version of the program", ("version",))
OWN = (REQUESTS, SECONDS, IN_USE, CONNECTIONS_AT_MOST, BUILD)


class Metrics:
    """A route is labelled by its template, never by the requested URL."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(*_told(REQUESTS), registry=self._registry)
        self.seconds = Histogram(*_told(SECONDS), registry=self._registry, buckets=_SECONDS)
        self._in_use = Gauge(*_told(IN_USE), registry=self._registry)
        Gauge(*_told(CONNECTIONS_AT_MOST), registry=self._registry).set(CONNECTIONS)
        Info(BUILD.name, BUILD.meaning, registry=self._registry).info({"version": __version__})

    def text(self, database: Database, stored: Sequence[MeasuredFigure]) -> bytes:
        """All of them, as Prometheus reads it."""
        self._in_use.set(database.connections_in_use)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Stored(stored))
        return generate_latest(self._registry) + generate_latest(registry)


def _told(metric: OwnMetric) -> tuple[str, str, tuple[str, ...]]:
    return metric.name, metric.meaning, metric.labels


class _Stored(Collector):
    """What is stored as of one request: no series of a source outlives it."""

    def __init__(self, stored: Sequence[MeasuredFigure]) -> None:
        self._stored = stored

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        for figure in FIGURES:
            labels = [] if figure.label is None else [figure.label]
            family = GaugeMetricFamily(figure.name, figure.meaning, labels=labels)
            for one in self._stored:
                if one.figure is figure:
                    family.add_metric([one.label or ""] if labels else [], float(one.value))
            yield family

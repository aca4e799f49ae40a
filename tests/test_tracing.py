"""Traces go out by OTLP over HTTP where the usual variables ask for them, and log lines name theirs."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dedupe import tracing

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """Takes what an exporter sends, on loopback."""

    def __init__(self) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.bodies.append((self.path, body))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.bodies: list[tuple[str, bytes]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def resources(self) -> list[Any]:
        found = []
        for path, body in self.bodies:
            assert path == "/v1/traces"
            found += ExportTraceServiceRequest.FromString(body).resource_spans
        return found

    @property
    def spans(self) -> list[Any]:
        return [span for one in self.resources for scope in one.scope_spans for span in scope.spans]


def said_of(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    made = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.address)
    yield made
    made.close()


@pytest.fixture
def traced(collector: Collector) -> Iterator[Collector]:
    """This process traces."""
    assert tracing.start() is None
    yield collector
    tracing.stop()


CONTACTS = (
    "record_id,name,email\n1,Ann Lee,ann@example.org\n2,Ann Lee,ann@example.org\n3,Bob Ray,bob@example.org\n"
)
CONFIGURATION = '[sources.crm]\nprovider = "file"\npath = "crm.csv"\n'


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "crm.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "config.toml").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("TEST_DATABASE", database_url)
    monkeypatch.setenv("DEDUPE_DATABASE__URL_ENV", "TEST_DATABASE")
    return tmp_path


def night(place: Path) -> list[dict[str, Any]]:
    """The log lines of a night in a process of its own."""
    command = [sys.executable, "-m", "dedupe", "-v", "--log-json", "nightly"]
    ran = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]


def test_a_night_is_one_trace_that_its_log_lines_name(
    place: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    lines = night(place)
    [whole] = [span for span in collector.spans if span.name == "night"]
    [merged] = [line for line in lines if line["event"] == "merged"]
    assert merged["trace_id"] == whole.trace_id.hex()
    assert said_of(whole)["run_id"] == merged["run_id"]
    assert said_of(whole)["source_contacts"] == 3
    assert {span.trace_id for span in collector.spans} == {whole.trace_id}
    by_id = {span.span_id: span for span in collector.spans}
    named = {span.name: span for span in collector.spans}
    assert {"collect", "load", "publish"} <= named.keys()
    apart = [
        one.name
        for one in collector.spans
        if one.span_id != whole.span_id and one.parent_span_id not in by_id
    ]
    assert apart == []
    [walk] = [span for span in collector.spans if said_of(span).get("source") == "crm"]
    assert by_id[walk.parent_span_id].name == "collect"
    resource = said_of(collector.resources[0].resource)
    assert resource["service.name"] == "contact-dedupe"
    assert resource["deployment.environment.name"] == "test"
    everything = b"".join(body for _, body in collector.bodies)
    assert not [value for value in (b"ann@", b"Ann", b"Lee", b"bob@") if value in everything]


def test_a_collector_that_is_not_there_costs_two_seconds_at_most(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    assert tracing.start() is None
    with tracing.span("any"):
        pass
    began = time.monotonic()
    tracing.stop()
    assert time.monotonic() - began < tracing.FLUSHED_WITHIN + 1


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
    ],
)
def test_the_usual_variables_ask_for_traces(monkeypatch, variables: dict[str, str], asked: bool) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tracing.asked_for() == asked


def test_without_the_extra_it_is_told_and_nothing_else_happens(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert "contact-dedupe[otel]" in str(tracing.start())
    with tracing.span("any") as made:
        made.say(count=1)
    assert tracing.ids() == {}


def test_another_protocol_is_refused(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert "http/protobuf alone" in str(tracing.start())


def test_an_error_marks_its_span_by_its_class_alone(traced: Collector) -> None:
    with pytest.raises(ValueError), tracing.span("any"):
        raise ValueError("ann@example.org")
    tracing.stop()
    [span] = traced.spans
    assert said_of(span) == {"error.type": "ValueError"}
    assert not span.events
    assert b"ann@" not in traced.bodies[0][1]

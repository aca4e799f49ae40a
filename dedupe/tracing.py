"""Traces by OpenTelemetry, where its usual variables (`OTEL_…`) ask for them and the extra `otel` is here.

    start() -> str                 once in a process; why it doesn't trace, where that was asked for
    with span("merge", run_id=…):  a span with these attributes, within the one that is current
    ids() -> {trace_id, span_id}   of the current span, for a line of the log

Names and attributes are keys, counts and ids, never values. The provider is ours alone: libraries that would
trace by the global one, with addresses as they were asked for, do not.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

FLUSHED_WITHIN = 2.0
"""Seconds for the last spans to be sent at the end of a process (chosen): nobody waits for a collector."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SERVICE = "contact-dedupe"


class _Tracing:
    """What is set once, by `start`."""

    tracer: Any = None
    provider: Any = None
    trace: Any = None
    extract: Any = None


def asked_for() -> bool:
    """Whether the variables ask for traces: an endpoint is named, or the exporter is."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    return exporter == "otlp" or (exporter == "" and any(os.environ.get(name) for name in _ENDPOINTS))


def start() -> str | None:
    """Trace from now on, if that is asked for. Gives the reason where it is and can't be done."""
    if not asked_for() or _Tracing.tracer is not None:
        return None
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
    )
    if protocol != "http/protobuf":
        return f"traces go out by http/protobuf alone, and OTEL_EXPORTER_OTLP_PROTOCOL asks for {protocol}"
    try:
        from opentelemetry import propagate, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        return "OTEL_… asks for traces; they need `pip install contact-dedupe[otel]`"
    resource = Resource.create({SERVICE_NAME: _SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Tracing.trace, _Tracing.extract = trace, propagate.extract
    _Tracing.tracer = provider.get_tracer("dedupe")
    _Tracing.provider = provider
    atexit.register(stop)
    return None


def stop() -> None:
    """Trace no longer; what is left is sent, if that is quick."""
    if _Tracing.tracer is None:
        return
    _Tracing.tracer = None
    ended = threading.Thread(target=_Tracing.provider.shutdown, name="traces", daemon=True)
    ended.start()
    ended.join(FLUSHED_WITHIN)


class Span:
    """The span of a block; nothing where nothing is traced."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def say(self, **attributes: str | int | float | bool) -> None:
        """Add what was known only later."""
        if self._span is not None:
            self._span.set_attributes(attributes)

    def name(self, name: str) -> None:
        if self._span is not None:
            self._span.update_name(name)

    def failed(self) -> None:
        if self._span is not None:
            self._span.set_status(_Tracing.trace.StatusCode.ERROR)


_NOTHING = Span()


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[Span]:
    """A span while the block lasts. An error marks it by its class alone: its text may hold values."""
    if _Tracing.tracer is None:
        yield _NOTHING
        return
    with _open(name, None, "INTERNAL", attributes) as made:
        yield made


@contextmanager
def request_span(name: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """The span of a request, within the caller's trace if its headers name one (`traceparent`)."""
    if _Tracing.tracer is None:
        yield _NOTHING
        return
    with _open(name, _Tracing.extract(dict(headers)), "SERVER", {}) as made:
        yield made


@contextmanager
def _open(name: str, within: Any, kind: str, attributes: Mapping[str, Any]) -> Iterator[Span]:
    with _Tracing.tracer.start_as_current_span(
        name,
        context=within,
        kind=_Tracing.trace.SpanKind[kind],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        made = Span(opened)
        try:
            yield made
        except BaseException as error:
            made.failed()
            made.say(**{"error.type": type(error).__name__})
            raise


def ids() -> dict[str, str]:
    """Of the current span; nothing where there is none."""
    if _Tracing.tracer is None:
        return {}
    found = _Tracing.trace.get_current_span().get_span_context()
    if not found.is_valid:
        return {}
    return {"trace_id": f"{found.trace_id:032x}", "span_id": f"{found.span_id:016x}"}

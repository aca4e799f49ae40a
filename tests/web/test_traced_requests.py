"""A request is a span of its route, within the caller's trace, and says nothing of what was asked for."""

from __future__ import annotations

import httpx
import pytest

from tests.test_tracing import collector, said_of, traced

__all__ = ["collector", "traced"]
CALLER = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.usefixtures("database")
def test_a_request_is_within_the_callers_trace(traced, opened) -> None:
    from dedupe import tracing

    client: httpx.Client = opened()
    headers = {"traceparent": f"00-{CALLER}-b7ad6b7169203331-01"}
    client.get("/v1/golden-contacts", params={"email": "ann@example.org"}, headers=headers)
    client.get("/v1/golden-contacts/ann@example.org")
    client.close()
    for _ in range(200):
        tracing.ids()
    tracing.stop()
    spans = {span.name: span for span in traced.spans}
    asked = spans["GET /v1/golden-contacts"]
    assert asked.trace_id.hex() == CALLER
    assert said_of(asked) == {
        "http.request.method": "GET",
        "http.route": "/v1/golden-contacts",
        "http.response.status_code": 200,
    }
    assert b"ann@" not in b"".join(body for _, body in traced.bodies)

"""A plain, trusting client: it walks a simulator as the provider's page says, and no cleverer than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from dedupe.simulators.server.simulator import Simulator

Payload = dict[str, Any]


def client_of(simulator: Simulator) -> httpx.Client:
    """Without certificates to load: every address here is plain HTTP on loopback."""
    return httpx.Client(
        base_url=simulator.url, headers=simulator.headers, timeout=30, verify=False, trust_env=False
    )


def get(simulator: Simulator, path: str | None = None, **parameters: Any) -> httpx.Response:
    url = simulator.url + (simulator.path if path is None else path)
    with client_of(simulator) as client:
        return client.get(url, params=parameters or None)


def pages(simulator: Simulator, **parameters: Any) -> Iterator[Payload]:
    """The JSON of each page, to the end."""
    walk = {"openmrp": _links, "whippy": _cursors, "askelephant": _cursors}.get(simulator.provider, _numbers)
    with client_of(simulator) as client:
        yield from walk(client, simulator.path, parameters)


def _numbers(client: httpx.Client, path: str, parameters: Payload) -> Iterator[Payload]:
    number = 0
    while True:
        number += 1
        page = client.get(path, params=parameters | {"page": number}).raise_for_status().json()
        if not page["payload"]:
            return
        yield page


def _cursors(client: httpx.Client, path: str, parameters: Payload) -> Iterator[Payload]:
    cursor = None
    while True:
        asked = parameters if cursor is None else parameters | {"cursor": cursor}
        page = client.get(path, params=asked).raise_for_status().json()
        yield page
        cursor = page["metadata"]["next_cursor"] if "metadata" in page else page["next_cursor"]
        if cursor is None:
            return


def _links(client: httpx.Client, path: str, parameters: Payload) -> Iterator[Payload]:
    page = client.get(path, params=parameters).raise_for_status().json()
    yield page
    while page["page_info"]["has_next_page"]:
        page = client.get(page["page_info"]["next_page_url"]).raise_for_status().json()
        yield page


def rows(page: Payload) -> list[Payload]:
    found: list[Payload] = page["payload"] if "payload" in page else page["data"]
    return found


def walk(simulator: Simulator, **parameters: Any) -> list[Payload]:
    """Every contact in the order it came."""
    return [row for page in pages(simulator, **parameters) for row in rows(page)]


def walked_ids(simulator: Simulator, **parameters: Any) -> list[str]:
    return [str(row["id"]) for row in walk(simulator, **parameters)]

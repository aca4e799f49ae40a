"""How long "this is wrong" takes until the golden contacts are right, and until another system knows.

    python -m benchmarks.putting_right [--people 46000] [--acts 100] [--file FILE]

On a served population source contacts are split off, and each split is taken back, over the API of a server
in a process of its own, which delivers webhooks as well, to a receiver on loopback. An act is live when its
request is answered and a lookup by id shows what it made, and told when an event of each golden contact that
it names has arrived.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import text

from benchmarks.served_population import Served, served
from dedupe.cli import logs

SECRET = "PUTTING_RIGHT_SECRET"
PATIENCE = 60.0  # seconds until an event must have arrived
SERVER = """
import sys
from pathlib import Path
from benchmarks.served_population import SETTINGS
from dedupe.cli import logs
from dedupe.config import SubscriptionSection
from dedupe.storage.database import Database
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import live_worker, webhook_sender
logs.configure(0, as_json=False)
to = {"url": sys.argv[2], "secrets_env": [sys.argv[3]], "allow_private_addresses": True}
told = SubscriptionSection(name="crm", **to)
settings = SETTINGS.model_copy(update={"webhooks": [told]})
with (
    Database(None, Path(sys.argv[1])) as database,
    webhook_sender.delivering(database, settings),
    live_worker.working(database, settings) as worker,
    serving(application(settings, database, "benchmark", worker.wake)) as address,
):
    print(address, flush=True)
    sys.stdin.readline()
"""


class Arrivals:
    """When the first event of a kind about a golden contact arrived, since the last look."""

    def __init__(self) -> None:
        self._came: dict[str, float] = {}
        self._turn = threading.Condition()

    def arrived(self, golden_id: str) -> None:
        with self._turn:
            self._came.setdefault(golden_id, time.perf_counter())
            self._turn.notify_all()

    def forget(self) -> None:
        with self._turn:
            self._came.clear()

    def all_of(self, golden_ids: set[str]) -> float:
        """The moment at which the last of them was told of. Raises SystemExit when one never is."""
        with self._turn:
            if not self._turn.wait_for(lambda: golden_ids <= self._came.keys(), PATIENCE):
                raise SystemExit(f"not told after {PATIENCE:.0f} s")
            return max(self._came[one] for one in golden_ids)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=46_000, help="each has about 2.2 contacts")
    parser.add_argument("--acts", type=int, default=100)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with served(options.people, 10, options.file) as house, receiving() as (url, arrivals):
        print(f"{house.contacts:,} contacts; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        with server_of(house, url) as address, httpx.Client(base_url=address, timeout=60) as client:
            measure(client, house, arrivals, options.acts)


def measure(client: httpx.Client, house: Served, arrivals: Arrivals, acts: int) -> None:
    asked = _to_split(house, acts)
    split, undone = [], []
    for golden_id, seed in asked:
        body = {"groups": [[seed]], "note": "somebody else"}
        split.append(acted(client, arrivals, f"/v1/golden-contacts/{golden_id}/split", body, 2))
        undone.append(acted(client, arrivals, f"/v1/decisions/{split[-1][2]}/revoke", {}, 1))
    for what, times in (("a split", split), ("taken back", undone)):
        live, told = percentiles([one[0] for one in times]), percentiles([one[1] for one in times])
        print(f"{what}, {len(times)} times: live {live}; the webhook delivered {told}")
    print(f"load {os.getloadavg()[0]:.1f}")


def acted(
    client: httpx.Client, arrivals: Arrivals, route: str, body: dict[str, Any], served_after: int
) -> tuple[float, float, str]:
    """Seconds until what the act made is served, and until all of it was told; the decision."""
    arrivals.forget()
    began = time.perf_counter()
    answer = client.post(route, json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    golden = {str(one) for one in made["golden_ids"]}
    for one in sorted(golden):
        assert client.get(f"/v1/golden-contacts/{one}").status_code == 200
    live = time.perf_counter() - began
    assert len(golden) >= served_after
    return live, arrivals.all_of(golden) - began, str(made["decision"])


def percentiles(seconds: list[float]) -> str:
    half, most = np.percentile(seconds, [50, 99])
    return f"p50 {half:.2f} s, p99 {most:.2f} s"


@contextmanager
def server_of(house: Served, url: str) -> Iterator[str]:
    secret = b64encode(os.urandom(32)).decode()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(house.folder), url, SECRET],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, SECRET: secret},
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("end\n")


@contextmanager
def receiving() -> Iterator[tuple[str, Arrivals]]:
    """A receiver on loopback that accepts all; its address, and what arrived."""
    arrivals = Arrivals()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            arrivals.arrived(said["data"]["golden_id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", arrivals
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _to_split(house: Served, count: int) -> list[tuple[str, str]]:
    """Golden contacts of several source contacts, drawn evenly, each with its latest source contact."""
    query = text("""
        SELECT CAST(golden_id AS text) AS golden, max(CAST(source_contact_id AS text)) AS contact
          FROM dedupe.source_links GROUP BY golden_id HAVING count(*) > 1
         ORDER BY md5(CAST(golden_id AS text)) LIMIT :count""")
    with house.database.connect() as connection:
        return [(row.golden, row.contact) for row in connection.execute(query, {"count": count})]


if __name__ == "__main__":
    main()

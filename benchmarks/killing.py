"""A walk killed by SIGKILL at random moments and resumed: is the result that of an undisturbed one?"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from benchmarks.simulated import Served, served
from dedupe.errors import LockHeld
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage.database import Database

KILLS = 10
NAMES = ("undisturbed", "killed")

_ROWS = text("""
    SELECT count(*) AS contacts, count(DISTINCT c.external_id) AS ids, max(v.versions) AS versions, md5(
        string_agg(c.external_id || encode(v.content_hash, 'hex'), ',' ORDER BY c.external_id)) AS content
    FROM dedupe.source_contacts c JOIN dedupe.sources s ON s.id = c.source_id
    JOIN LATERAL (SELECT count(*) AS versions, (array_agg(content_hash ORDER BY id DESC))[1] AS content_hash
                  FROM dedupe.source_contact_versions WHERE source_contact_id = c.id) v ON true
    WHERE s.name = :source AND c.gone_at IS NULL""")


def killed(database: Database, folder: Path, provider: str, contacts: int) -> dict[str, Any]:
    """One provider, walked as two sources: without and with kills. `folder` is the embedded database's."""
    random = Random(11)
    with served(provider, contacts, []) as there:
        began, before = time.monotonic(), there.requests()
        own = _source(there, NAMES[1])
        undisturbed = _walk(database, _source(there, NAMES[0]))
        seconds, asked = time.monotonic() - began, there.requests() - before
        before, struck = there.requests(), 0
        for _ in range(KILLS):
            struck += _killed_once(folder, there, own, random.uniform(0, 1.8 * asked / (KILLS + 1)), random)
        last = _walk(database, own)
        requests = there.requests() - before
    rows = {name: _rows(database, name) for name in NAMES}
    return {
        "provider": provider,
        "contacts": rows[NAMES[0]]["contacts"],
        "kills": struck,
        "rows_equal": rows[NAMES[0]] == rows[NAMES[1]],
        "both_complete": undisturbed.status == last.status == "complete",
        "requests": asked,
        "requests_repeated": requests - asked,
        "seconds_undisturbed": round(seconds, 1),
    }


def _source(there: Served, name: str) -> SourceSettings:
    return SourceSettings(**{**vars(there.own), "name": name, "timeout": 60.0})


def _walk(database: Database, own: SourceSettings) -> SourceReport:
    return collect_source(database, own, CollectOptions(full=True), NAMES)


def _killed_once(folder: Path, there: Served, own: SourceSettings, requests: float, random: Random) -> bool:
    """Start the walk in a process of its own and kill it in the middle of whatever it does by then."""
    until = there.requests() + requests
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.killing"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    given = {name: value for name, value in vars(own).items() if name not in ("path", "never_store")}
    child.stdin.write(json.dumps([str(folder), given]).encode())
    child.stdin.close()
    while child.poll() is None and there.requests() < until:
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.05))
    struck = child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait()
    return struck


def _child() -> None:
    """Walks what it is told on standard input, until it is done or killed."""
    folder, given = json.load(sys.stdin)
    with Database(None, Path(folder)) as database:
        while True:
            try:
                _walk(database, SourceSettings(**given))
            except LockHeld:  # of the one that was killed, until its server process has seen it
                time.sleep(0.05)
            else:
                return


def _rows(database: Database, name: str) -> dict[str, Any]:
    with database.connect() as connection:
        return dict(connection.execute(_ROWS, {"source": name}).one()._mapping)


if __name__ == "__main__":
    _child()

"""`dedupe who` and `dedupe watch` from the command line."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

PEOPLE = """id,name,email,phone
1,John Smith,jsmith@acm.com,+1 202 555 0123
2,Jane Smith,jane@acm.com,
3,Peter Miller,pm@example.org,+1 202 555 0199
"""
LEADS = """Lead,Full name,E-mail,note,why
a,Jon Smyth,jsmith@acm.com,called,our column
b,Zoe Quark,zoe@quark.example,,
c,P. Miller,pm@example.org,,
"""


def known(dedupe) -> None:
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")
    assert dedupe("import", "people.csv", "--source", "crm").code == 0
    assert dedupe("nightly").code == 0


def test_somebody_described_in_words_is_found(dedupe):
    known(dedupe)
    ran = dedupe("who", "Jon Smyth, jsmith@acm.com", "--json")
    best = ran.json["matches"][0]
    assert best["contact"]["fields"]["display_name"]["value"] == "John Smith"
    told = dedupe("who", "--name", "Jon Smyth", "--phone", "+1 202-555-0123")
    assert told.code == 0
    assert "John Smith" in told.out
    assert "for: " in told.out


def test_nobody_is_told_as_what_is_not_found(dedupe):
    known(dedupe)
    assert dedupe("who", "Zoe Quark").code == 2
    assert dedupe("who").code == 2
    assert dedupe("who", "Zoe", "--file", "people.csv", "--output", "out.csv").code == 2


def test_each_row_of_a_list_is_annotated(dedupe):
    known(dedupe)
    Path("leads.csv").write_text(LEADS, encoding="utf-8")
    ran = dedupe("who", "--file", "leads.csv", "--output", "found.csv")
    assert ran.code == 0, ran.err
    with Path("found.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["Lead"] for row in rows] == ["a", "b", "c"]
    assert [bool(row["golden_id"]) for row in rows] == [True, False, True]
    assert rows[0]["why"] == "our column"
    assert rows[0]["match_why"]
    assert float(rows[0]["probability"]) > 0.9


def test_a_watch_ends_cleanly_by_sigterm(dedupe, town):
    assert dedupe("nightly").code == 0
    command = [sys.executable, "-c", "from dedupe.cli.main import main; main()", "watch", "--every", "10"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr is not None
        assert "Watching" in watching.stderr.readline()
        time.sleep(0.5)
        watching.send_signal(signal.SIGTERM)
        assert "Stopped" in watching.stderr.read()
        assert watching.wait(20) == 0


def test_what_can_not_be_asked_what_changed_is_not_watched(dedupe, town):
    ran = dedupe("watch", "digital99")
    assert ran.code == 2
    assert "nightly" in ran.err


def test_a_lookup_by_name_tells_whom_it_may_mean(dedupe):
    known(dedupe)
    ran = dedupe("lookup", "Jon Smith")
    assert ran.code == 2
    assert "John Smith" in ran.out

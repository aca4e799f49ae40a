"""The demo is kept where it is wanted, and its people never meet others."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest


@pytest.fixture
def folder(monkeypatch) -> Iterator[Path]:
    """A data folder that is configured, and which the server's own user can reach."""
    place = Path(tempfile.mkdtemp(prefix="dedupe-tests-demo-", dir="/tmp"))
    place.chmod(0o711)
    monkeypatch.delenv("DEDUPE_DATABASE__URL_ENV", raising=False)
    monkeypatch.setenv("DEDUPE_DATABASE__DATA_DIR", str(place / "data"))
    yield place / "data"
    shutil.rmtree(place, ignore_errors=True)


def test_a_demo_in_the_configured_folder_is_served_afterwards_and_mixed_with_nobody(dedupe, folder, tmp_path):
    (tmp_path / "crm.csv").write_text("record_id,name,email\n1,Ann Ash,ann@example.org\n", encoding="utf-8")
    ran = dedupe("demo", "--contacts", "40", "--no-serve")
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[-1] == f"Kept in {folder}. To serve it: dedupe serve"
    assert "nothing is new" in dedupe("demo", "--contacts", "40", "--no-serve").out
    assert '<span class="tag unchanged">unchanged</span>' in page_of_serving()
    for command in (("import", "crm.csv"), ("nightly",), ("fetch",)):
        refused = dedupe(*command)
        assert refused.code == 2
        assert f"{folder} holds the people of `dedupe demo`: remove that folder" in refused.err
    other = dedupe("demo", "--contacts", "900", "--no-serve")
    assert other.code == 2
    assert "a demo of another size" in other.err


def page_of_serving() -> str:
    """The home page of `dedupe serve`, run as a person would."""
    code = (
        "import sys; sys.argv = ['dedupe', 'serve', '--port', '0']; from dedupe.cli.main import main; main()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        told = served.stderr.readline()
        try:
            return httpx.get(told.split()[2]).text
        finally:
            os.kill(served.pid, signal.SIGTERM)


def test_a_demo_never_goes_where_real_contacts_are(dedupe, folder, tmp_path):
    (tmp_path / "crm.csv").write_text("record_id,name,email\n1,Ann Ash,ann@example.org\n", encoding="utf-8")
    assert dedupe("import", "crm.csv").code == 0
    for wanted in ([], ["--keep"], ["--data", folder]):
        ran = dedupe("demo", "--contacts", "40", "--no-serve", *wanted)
        assert ran.code == 2
        assert "holds contacts of crm" in ran.err
    assert dedupe("nightly").code == 0


def test_a_demo_is_not_kept_on_a_server(dedupe):
    ran = dedupe("demo", "--keep", "--no-serve")
    assert ran.code == 2
    assert "give --data DIR" in ran.err


def test_what_cannot_be_served_is_refused_before_it_is_said_to_be(dedupe):
    ran = dedupe("serve", "--host", "0.0.0.0", "--port", "0")
    assert ran.code == 2
    assert "serve.allowed_hosts" in ran.err
    assert "Serving" not in ran.err

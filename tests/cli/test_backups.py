"""`dedupe backup` and `dedupe restore` as a person runs them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def test_all_is_lost_and_comes_back(dedupe, tmp_path: Path, empty_database_url: str, monkeypatch) -> None:
    (tmp_path / "crm.csv").write_text("id,name,email\n1,Ann Ash,ann@x.org\n", encoding="utf-8")
    for command in (("import", "crm.csv"), ("nightly",), ("backup", "all.dump")):
        ran = dedupe(*command)
        assert ran.code == 0, ran.err
    digest = hashlib.sha256((tmp_path / "all.dump").read_bytes()).hexdigest()
    assert (tmp_path / "all.dump.sha256").read_text() == f"{digest}  all.dump\n"
    again = dedupe("backup", "all.dump")
    assert (again.code, "--force writes over it" in again.err) == (2, True)

    monkeypatch.setenv("TEST_DATABASE", empty_database_url)
    assert dedupe("restore", "all.dump").code == 0
    assert "Ann Ash" in dedupe("lookup", "ann@x.org").out
    assert "rows written     0" in dedupe("nightly").out
    held = dedupe("restore", "all.dump")
    assert (held.code, "holds something already" in held.err) == (2, True)


def test_a_backup_goes_into_a_file_and_leaves_devices_as_they_are(dedupe, tmp_path: Path) -> None:
    place = tmp_path / "pipe"
    os.mkfifo(place, 0o644)
    mode = place.stat().st_mode
    refused = dedupe("backup", "pipe", "--force")
    assert (refused.code, "is no file" in refused.err) == (2, True)
    assert place.stat().st_mode == mode

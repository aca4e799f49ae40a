"""What a command writes: whole or not at all, never over what it reads; no value of a contact in errors."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ANN = "record_id,name,email\n1,Ann Ash,ann@example.org\n2,Ann Ash,ann@example.org\n"


@pytest.fixture
def file(tmp_path) -> Path:
    (tmp_path / "crm.csv").write_text(ANN, encoding="utf-8")
    return Path("crm.csv")


def test_the_file_that_is_read_is_never_written_over(dedupe, file):
    for command in (
        ("match", file, "--output", "./crm.csv"),
        ("match", file, "--output", "out.csv", "--pairs", file),
        ("match", file, "--output", "out.csv", "--pairs", "./out.csv"),
        ("normalize", file, "--output", file),
        ("evaluate", file, "--truth", "name", "--plot", file),
    ):
        ran = dedupe(*command)
        assert ran.code == 2, ran.err
        assert "it would be written over; choose another file" in ran.err
    assert file.read_text(encoding="utf-8") == ANN


def test_a_command_that_fails_leaves_what_stood_there_and_nothing_new(dedupe, tmp_path):
    (tmp_path / "colours.csv").write_text("colour\nred\n", encoding="utf-8")
    (tmp_path / "before.csv").write_text("of yesterday", encoding="utf-8")

    assert dedupe("match", "colours.csv", "--output", "before.csv", "--pairs", "pairs.csv").code == 2

    assert (tmp_path / "before.csv").read_text(encoding="utf-8") == "of yesterday"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["before.csv", "colours.csv"]


def test_a_full_disk_is_told_with_the_file(dedupe, file):
    ran = dedupe("match", file, "--output", "/dev/full")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        2,
        "dedupe: /dev/full: can't be written: No space left on device",
    )


def test_an_output_has_the_rights_of_any_new_file_or_of_the_one_before(dedupe, file, tmp_path):
    kept = tmp_path / "kept.csv"
    kept.touch()
    kept.chmod(0o640)
    dedupe("match", file, "--output", kept, "--pairs", "new.csv")

    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert (tmp_path / "new.csv").stat().st_mode == ordinary.stat().st_mode
    assert not list(tmp_path.glob(".*.part"))


def test_a_link_stays_one_and_its_file_is_written(dedupe, file, tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert dedupe("match", file, "--output", "link.csv").code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text(encoding="utf-8").startswith('"record_id"')


def _run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


_BUG = """
import sys
from dedupe.cli import main
def wrong():
    raise ValueError("ann@example.org")
main.app.command("wrong")(wrong)
sys.argv = ["dedupe", "wrong"]
main.main()
"""


def test_a_bug_of_ours_is_told_by_its_place_and_never_by_a_value():
    ran = _run(_BUG)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("dedupe: a bug of ours: ValueError in <string>:5 (wrong).")
    assert "ann@example.org" not in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "ann@example.org" in _run(_BUG, DEDUPE_DEBUG="1").stderr


@pytest.mark.parametrize("error", ["MemoryError()", "OSError(28, 'x')", "PermissionError(13, 'x', 'f.csv')"])
def test_what_the_machine_lacks_is_no_bug_of_ours(error):
    ran = _run(_BUG.replace('ValueError("ann@example.org")', error))
    assert ran.returncode == 2, ran.stderr
    assert "a bug of ours" not in ran.stderr
    assert ran.stderr.startswith("dedupe: ")


def test_counts_are_told_in_words_that_fit(dedupe, file, tmp_path):
    (tmp_path / "one.csv").write_text("record_id,name\n1,Ann Ash\n", encoding="utf-8")
    assert "1 record, 1 person, 0 links → out.csv" in dedupe("match", "one.csv", "--output", "out.csv").err
    assert "2 records, 1 person, 1 link → out.csv" in dedupe("match", file, "--output", "out.csv").err

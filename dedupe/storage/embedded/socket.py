"""The socket of the embedded server, its only entrance, in a folder that no other user can enter."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.embedded.files import ServerUser, give
from dedupe.storage.embedded.process import PORT

PATH_BYTES = 100  # the kernels' limit is 104 to 108 bytes
NAME = f".s.PGSQL.{PORT}"
FILES = (NAME, f"{NAME}.lock")


def socket_folder(folder: Path) -> Path:
    """The folder of the socket: inside the server's folder, or in /tmp if that path is too long for a socket.
    Every process computes the same one."""
    inside = folder / "socket"
    if len(os.fsencode(inside / NAME)) <= PATH_BYTES:
        return inside
    return Path("/tmp") / f"dedupe-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]}"  # noqa: S108


def make_socket_folder(folder: Path, user: ServerUser) -> Path:
    """Make the folder. Raises DatabaseUnavailable for one that other users can enter, because whoever listens
    there would receive the password."""
    place = socket_folder(folder)
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
        give(place, user)
    if not is_private(place, user):
        raise DatabaseUnavailable(f"{place} is not a private folder of {user.name}; remove it.")
    # A killed server leaves these, with a number in the lock that may be another process's by now.
    for name in FILES:
        (place / name).unlink(missing_ok=True)
    return place


def remove_socket_folder(folder: Path, user: ServerUser) -> None:
    """Remove what a stopped server left in /tmp."""
    place = socket_folder(folder)
    if place.parent == folder or not is_private(place, user):
        return
    for name in FILES:
        (place / name).unlink(missing_ok=True)
    place.rmdir()


def is_private(place: Path, user: ServerUser) -> bool:
    try:
        status = place.lstat()
    except FileNotFoundError:
        return False
    return status.st_uid == user.uid and stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077

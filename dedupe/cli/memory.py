"""Messages about too little memory, with what to do. Imports nothing that could fail for lack of it."""

from __future__ import annotations

import errno
import resource

LEAST = 3 << 30
"""Bytes of address space. Two records matched on two threads map 2.7 GB and use 0.3 GB of them; with 0.25 to
1.7 GB libraries were seen to hang, to abort and to crash, which nobody can tell of any more."""
_SIGNS = ("failed to map segment", "cannot allocate memory", "can't start new thread", "unable to allocate")
_USED_UP = (
    "the machine's memory is used up: lower [engine] memory_limit and threads (joins go to disk), or use a "
    "machine with more"
)


def refusal() -> str | None:
    """The reason why the command can't start with the memory there is, or None."""
    limit = _address_space()
    if limit is None or limit >= LEAST:
        return None
    return (
        f"the address space of this process is limited to {limit >> 20} MB, and our libraries need "
        f"{LEAST >> 20} MB (they map much more than they use): raise the limit (`ulimit -v unlimited`), and "
        "bound the memory that is really used by [engine] memory_limit or the container's own limit"
    )


def shortage(error: BaseException) -> str | None:
    """The message for an error that is a lack of memory, in whichever library's words; else None."""
    signs = isinstance(error, ImportError | OSError | RuntimeError) and any(
        sign in str(error).lower() for sign in _SIGNS
    )
    if not (signs or isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM):
        return None
    return _USED_UP + address_space_note()


def address_space_note() -> str:
    """A note on the limit of the address space, where there is one, because it is reached long before
    memory is used up."""
    limit = _address_space()
    if limit is None:
        return ""
    return f"; its address space is limited to {limit >> 20} MB, raise that first (`ulimit -v unlimited`)"


def _address_space() -> int | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft

"""Requests beyond the list itself, whose failure must not cost what was read."""

from __future__ import annotations

from collections.abc import Callable

from dedupe.errors import SourceError
from dedupe.fetchers.http.client import RequestRefused, Stopped


def fails_alone(failed: SourceError, ask_for_the_list: Callable[[], object]) -> bool:
    """Whether the provider fails only this request: it refuses it, or it still answers for its list.

    Where it doesn't answer at all, the walk can be resumed later, and nothing is known about the request.
    """
    if isinstance(failed, Stopped):
        return False
    if isinstance(failed, RequestRefused):
        return True
    try:
        ask_for_the_list()
    except Stopped:
        raise
    except SourceError:
        return False
    return True

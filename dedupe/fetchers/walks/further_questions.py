"""Questions behind the list itself: what fails there must not cost what was read."""

from __future__ import annotations

from collections.abc import Callable

from dedupe.errors import SourceError
from dedupe.fetchers.http.client import RequestRefused, Stopped


def fails_alone(failed: SourceError, ask_for_the_list: Callable[[], object]) -> bool:
    """Whether the provider fails this question alone: it refuses it, or it still answers for its list.

    Where it doesn't answer at all, the walk can go on another time, and nothing is known about the question.
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

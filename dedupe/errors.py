"""Every exception of the house, classed by what the caller should do.

    DedupeError
    ├── UsageError              a person must mend what was given; nothing was done
    │   ├── ConfigurationError  … the configuration or a secret's variable
    │   ├── InputError          … a file, a value, an argument
    │   ├── NotFound            … the thing named does not exist
    │   └── DatabaseUnavailable … Postgres: its address, its rights
    │       └── DiskFull        … its disk
    ├── SourceError             one source failed; the others go on
    │   ├── CredentialsRefused  a person must mend the credentials or their scope
    │   ├── SourceUnavailable   try later; retries are used up
    │   └── ContractChanged     the provider answers otherwise than agreed; keep raw, say so
    ├── DecisionRefused         nothing was decided; look at the news and decide again
    │   ├── DecisionContradicts a live decision says otherwise
    │   └── EvidenceOutdated    what the decider saw is no longer so
    ├── LockHeld                another run is at it; wait or stop it
    ├── LockLost                the run's own lock ended under it; nothing more was written; run it again
    └── HeldBack                the publish gate holds the night back

An error's text carries keys, counts and ids, never a contact's values. Exit codes and HTTP statuses are the
doors' business: `cli/exits.py` and `web/problems.py` hold the two tables.
"""


class DedupeError(Exception):
    """The root of every error raised on purpose."""


class UsageError(DedupeError):
    """A person must mend what was given; nothing was done."""


class ConfigurationError(UsageError):
    """The configuration can't be used. `mistakes` holds every mistake found, a line each."""

    def __init__(self, mistakes: list[str] | str) -> None:
        self.mistakes = [mistakes] if isinstance(mistakes, str) else mistakes
        super().__init__("\n".join(self.mistakes))


class InputError(UsageError):
    """A file, a value or an argument can't be used."""


class NotFound(UsageError):
    """The thing named does not exist."""


class DatabaseUnavailable(UsageError):
    """Postgres can't be reached or started, or refuses us."""


class DiskFull(DatabaseUnavailable):
    """Postgres has no room left on its disk."""


class SourceError(DedupeError):
    """One source failed; the others go on."""


class CredentialsRefused(SourceError):
    """A person must mend the source's credentials or their scope."""


class SourceUnavailable(SourceError):
    """The source did not answer as it should within the retries; try later."""


class ContractChanged(SourceError):
    """The provider answers otherwise than its page says; what came is kept raw."""


class DecisionRefused(DedupeError):
    """Nothing was decided; look at the news and decide again."""


class DecisionContradicts(DecisionRefused):
    """A live decision says otherwise. `path` holds the ids of the decisions in the way."""

    def __init__(self, message: str, path: list[str]) -> None:
        self.path = path
        super().__init__(message)


class EvidenceOutdated(DecisionRefused):
    """What the decider saw is no longer so."""


class LockHeld(DedupeError):
    """Another run holds the lock."""


class LockLost(DedupeError):
    """The lock that a run relied on is not held any more; what relied on it was not written."""


class HeldBack(DedupeError):
    """The publish gate holds the night back; the old state stays served."""


OF_ALL = (DatabaseUnavailable, LockLost, MemoryError, OSError)
"""Errors that are no single source's and no single contact's: whoever meets one stops."""


BUG = "a bug of ours"


def told(error: Exception) -> str:
    """An error for people. A bug of ours by its place alone: its text may hold values."""
    return str(error) if isinstance(error, DedupeError) else f"{BUG}, in {_place_of(error)}"


def kind_of(error: Exception) -> str:
    """The error's class as it stands here, whatever narrower one a room of its own made of it."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == __name__)
    return next(kinds, type(error).__name__)


def _place_of(error: Exception) -> str:
    """The innermost line of ours that it came through."""
    at, place = error.__traceback__, "a place unknown"
    while at is not None:
        module = str(at.tb_frame.f_globals.get("__name__"))
        if module.startswith("dedupe."):
            place = f"{module}, line {at.tb_lineno}"
        at = at.tb_next
    return place

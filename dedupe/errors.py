"""Every exception of the house, classed by what the caller should do.

    DedupeError
    ├── UsageError              a person must mend what was given; nothing was done
    │   ├── ConfigurationError  … the configuration or a secret's variable
    │   ├── InputError          … a file, a value, an argument
    │   ├── NotFound            … the thing named does not exist
    │   │   └── UnreadableValue … because it can be no email or phone
    │   ├── RunNotWaiting       … a run that doesn't wait to be published
    │   ├── NothingToAccept     … a source that isn't held, or that no walk can accept
    │   ├── SignatureRefused    … the signature of a webhook
    │   ├── SignInRefused       … who they say to be, which nobody we trust confirms
    │   ├── ProviderUnavailable … the OpenID provider, or what is configured of it
    │   ├── DatabaseUnavailable … Postgres: its address, its rights
    │   │   └── DiskFull        … its disk
    │   └── IndexUnusable       … the index of match keys: a full night makes it anew
    ├── SourceError             one source failed; the others go on
    │   ├── CredentialsRefused  a person must mend the credentials or their scope
    │   ├── SourceUnavailable   try later; retries are used up
    │   └── ContractChanged     the provider answers otherwise than agreed; keep raw, say so
    ├── DecisionRefused         nothing was decided; look at the news and decide again
    │   ├── DecisionContradicts a live decision says otherwise
    │   ├── EvidenceOutdated    what the decider saw is no longer so
    │   │   └── NoLongerServed  … the golden contact leads to others now
    │   ├── AlreadyAnswered     somebody has decided the review candidate
    │   ├── AlreadyRevoked      the decision was taken back before
    │   ├── NothingToDecide     the act would change nothing, or leave nobody
    │   ├── ValueNotOffered     no source contact has the value
    │   ├── TooManyConcerned    so many that one decision can't name them
    │   └── RollbackRefused     a run can't be taken back
    │       ├── AlreadyRolledBack … it was before
    │       └── RunOvertaken    … later runs changed what it had changed
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


class UnreadableValue(NotFound):
    """What is asked for can be no email and no phone."""


class RunNotWaiting(UsageError):
    """The run is neither held back nor planned: it can't be published or refused."""


class NothingToAccept(UsageError):
    """The source is not held at its last good state, or no walk of ours could change that."""


class SignatureRefused(UsageError):
    """A webhook's delivery isn't signed by the source, or was signed too long ago."""


class SignInRefused(UsageError):
    """Nobody whom we trust confirms who the visitor is. The text names no claim's or header's value."""


class ProviderUnavailable(UsageError):
    """The OpenID provider doesn't answer as it should: try later, or mend what is configured of it."""


class DatabaseUnavailable(UsageError):
    """Postgres can't be reached or started, or refuses us."""


class DiskFull(DatabaseUnavailable):
    """Postgres has no room left on its disk."""


class IndexUnusable(UsageError):
    """The index of match keys is missing, damaged or of another release; a full night makes it anew."""


class SourceError(DedupeError):
    """One source failed; the others go on."""


class CredentialsRefused(SourceError):
    """A person must mend the source's credentials or their scope."""


class SourceUnavailable(SourceError):
    """The source did not answer properly within the retries; try later."""


class ContractChanged(SourceError):
    """The provider's answer differs from what is agreed; the payload is kept raw."""


class DecisionRefused(DedupeError):
    """Nothing was decided; the person must look at the new evidence and decide again."""


class DecisionContradicts(DecisionRefused):
    """A live decision contradicts this one. `path` holds the ids of the decisions that do."""

    def __init__(self, message: str, path: list[str]) -> None:
        self.path = path
        super().__init__(message)


class EvidenceOutdated(DecisionRefused):
    """The evidence changed since the decider saw it."""


class NoLongerServed(EvidenceOutdated):
    """The golden contact was merged, split or retired since."""


class AlreadyAnswered(DecisionRefused):
    """Somebody has decided the review candidate before."""


class AlreadyRevoked(DecisionRefused):
    """The decision was taken back before."""


class NothingToDecide(DecisionRefused):
    """The act would change nothing, or leave nobody on one side."""


class ValueNotOffered(DecisionRefused):
    """No source contact of the golden contact has the value."""


class TooManyConcerned(DecisionRefused):
    """More source contacts are concerned than one decision can name."""


class RollbackRefused(DecisionRefused):
    """The run can't be taken back, whatever is done first."""


class AlreadyRolledBack(RollbackRefused):
    """The run was taken back before."""


class RunOvertaken(RollbackRefused):
    """Later runs changed what the run had changed: they go back first."""


class LockHeld(DedupeError):
    """Another run holds the lock."""


class LockLost(DedupeError):
    """The run's own lock ended while it was running; nothing that relied on it was written."""


class HeldBack(DedupeError):
    """The publish gate holds the night back; the last published state stays served."""


OF_ALL = (DatabaseUnavailable, LockLost, MemoryError, OSError)
"""Errors that concern more than a single source or contact: a loop over sources or contacts stops at one."""


BUG = "a bug of ours"


def safe_message(error: Exception) -> str:
    """The message of an error for people. An error that is a bug of ours is named by its place alone, because
    its text may hold personal values."""
    return str(error) if isinstance(error, DedupeError) else f"{BUG}, in {_place_of(error)}"


def kind_of(error: Exception) -> str:
    """The name of the error's class in this module, also where a room raised a subclass of its own."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == __name__)
    return next(kinds, type(error).__name__)


def _place_of(error: Exception) -> str:
    """File and line of the innermost frame of ours in the error's traceback."""
    at, place = error.__traceback__, "a place unknown"
    while at is not None:
        module = str(at.tb_frame.f_globals.get("__name__"))
        if module.startswith("dedupe."):
            place = f"{module}, line {at.tb_lineno}"
        at = at.tb_next
    return place

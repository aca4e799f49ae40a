"""Many digit patterns matched against many numbers at once.

The patterns of phonenumbers' metadata are regular: literals, sets, branches, repetitions. `Automaton`
holds them as one non-deterministic automaton, builds its deterministic states when a number first reaches
them, and runs a whole matrix of digits through it position by position.
"""

import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

# The parser of `re` itself, so that a pattern means here what it means there. It has no public name: where a
# release of Python has it no more, every pattern is NotRegular.
try:
    ops: Any = importlib.import_module("re._constants")
    parser: Any = importlib.import_module("re._parser")
except ImportError:
    ops = parser = None

States = npt.NDArray[np.int32]
Digits = npt.NDArray[np.uint8]
Lengths = npt.NDArray[np.int64]
Entry = frozenset[int]
"""Non-deterministic states."""

DEAD = 0
_UNKNOWN = -1
_ALL = frozenset(range(10))


class NotRegular(ValueError):
    """The pattern isn't a regular pattern of digits, or can't be parsed here; the caller falls back to
    phonenumbers."""


class Automaton:
    """A lazily built deterministic automaton. States are numbers; `DEAD` accepts nothing."""

    def __init__(self) -> None:
        self._digits: list[frozenset[int]] = []  # by non-deterministic state: the digits that lead on
        self._next: list[Entry] = []  # … and where to
        self._sets: list[Entry] = [frozenset()]
        self._numbers: dict[Entry, int] = {frozenset(): DEAD}
        self._table: States = np.full((1024, 10), _UNKNOWN, np.int32)
        self._table[DEAD] = DEAD

    def add(self, pattern: str, prefix: bool = False) -> tuple[Entry, int]:
        """Add a pattern of whole numbers (`prefix`: of their start); gives its entry and its accepting
        state.

        Raises NotRegular.
        """
        if not hasattr(parser, "parse"):
            raise NotRegular("`re` has no parser that can be asked")
        accepting = self._state(frozenset(), frozenset())
        if prefix:
            self._digits[accepting], self._next[accepting] = _ALL, frozenset({accepting})
        return self._sequence(parser.parse(pattern), frozenset({accepting})), accepting

    def _state(self, digits: frozenset[int], following: Entry) -> int:
        self._digits.append(digits)
        self._next.append(following)
        return len(self._digits) - 1

    def _sequence(self, items: Any, following: Entry) -> Entry:
        for operation, argument in reversed(list(items)):
            following = self._item(operation, argument, following)
        return following

    def _item(self, operation: Any, argument: Any, following: Entry) -> Entry:
        if operation is ops.LITERAL or operation is ops.IN:
            return frozenset({self._state(_digit_set(operation, argument), following)})
        if operation is ops.BRANCH:
            return frozenset().union(*(self._sequence(branch, following) for branch in argument[1]))
        if operation is ops.SUBPATTERN:
            return self._sequence(argument[3], following)
        if operation is ops.MAX_REPEAT and argument[1] is not ops.MAXREPEAT:
            least, most, body = argument
            for _ in range(most - least):
                following = self._sequence(body, following) | following
            for _ in range(least):
                following = self._sequence(body, following)
            return following
        raise NotRegular(str(operation))

    def state(self, entry: Entry) -> int:
        """The deterministic state of these non-deterministic ones."""
        if entry not in self._numbers:
            self._numbers[entry] = len(self._sets)
            self._sets.append(entry)
            if len(self._sets) > len(self._table):
                self._table = np.vstack([self._table, np.full_like(self._table, _UNKNOWN)])
        return self._numbers[entry]

    def accepted(self, state: int) -> Entry:
        """The non-deterministic states of a state, the accepting ones of its patterns among them."""
        return self._sets[state]

    def run(self, digits: Digits, lengths: Lengths, starts: States) -> States:
        """Run numbers (a row of `digits`, `lengths` of them) from their start states; gives their last
        states."""
        states = starts.copy()
        for position in range(int(lengths.max(initial=0))):
            going = np.flatnonzero((lengths > position) & (states != DEAD))
            states[going] = self._step(states[going], digits[going, position])
        return states

    def _step(self, states: States, digits: Digits) -> States:
        cells = states.astype(np.int64) * 10 + digits
        reached: States = self._table.ravel()[cells]
        missing = reached == _UNKNOWN
        if missing.any():
            for cell in np.unique(cells[missing]).tolist():
                self._make(cell // 10, cell % 10)
            reached = self._table.ravel()[cells]
        return reached

    def _make(self, state: int, digit: int) -> None:
        self._table[state, digit] = self.state(self.follow(self._sets[state], digit))

    def follow(self, entry: Entry, digit: int) -> Entry:
        """Advance the states by one digit."""
        return frozenset().union(*(self._next[source] for source in entry if digit in self._digits[source]))


def _digit_set(operation: Any, argument: Any) -> frozenset[int]:
    chars = _chars([(operation, argument)] if operation is ops.LITERAL else argument)
    return frozenset(int(char) for char in chars if char in "0123456789")


def _chars(items: Iterable[tuple[Any, Any]]) -> set[str]:
    found: set[str] = set()
    for operation, argument in items:
        if operation is ops.LITERAL:
            found.add(chr(argument))
        elif operation is ops.RANGE:
            found.update(map(chr, range(argument[0], argument[1] + 1)))
        elif operation is ops.CATEGORY and argument is ops.CATEGORY_DIGIT:
            found.update("0123456789")
        else:
            raise NotRegular(str(operation))
    return found

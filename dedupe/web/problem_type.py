"""A type of problem over HTTP (RFC 9457), and all that there are: `problem_types` names them.

Plain answers of HTTP (401, 405, 500 and the like) whose status says all there is are `about:blank`.
"""

from __future__ import annotations

from dataclasses import dataclass

SPACE = "urn:contact-dedupe:problem:"
BLANK = "about:blank"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """`title`: the same for every problem of the type; `when`: what happened; `remedy`: what to do."""

    name: str
    status: int
    title: str
    when: str
    remedy: str

    @property
    def urn(self) -> str:
        return SPACE + self.name


TYPES: list[ProblemType] = []


def problem_type(status: int, name: str, title: str, when: str, remedy: str) -> ProblemType:
    made = ProblemType(name, status, title, when, remedy)
    TYPES.append(made)
    return made

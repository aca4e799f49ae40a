"""What `who` answers, on the screen."""

from __future__ import annotations

from dedupe.cli.screen import say, say_out
from dedupe.review.explain.scored_pair import Step
from dedupe.review.who import Answer, Match


def print_answer(answer: Answer) -> None:
    for note in answer.unread:
        say(f"  could not be read: {note}")
    for match in answer.matches:
        _print_match(match)


def _print_match(match: Match) -> None:
    assert match.contact is not None
    reached = [one.value for one in match.contact.emails] + [one.value for one in match.contact.phones]
    say_out(f"{match.probability:6.1%}  {match.contact.name}  {', '.join(reached)}")
    say_out(f"        {match.golden_id}  {match.decision}, {match.weight:+.1f} bits")
    for sign, steps in (("for", match.reasons), ("against", match.against)):
        for step in steps:
            say_out(f"        {sign}: {_told(step)}")


def _told(step: Step) -> str:
    return f"{step.sentence} ({step.weight:+.1f})"

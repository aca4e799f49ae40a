"""Rendering of pages: templates, their common context, and the cookie that ties forms to a browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dedupe.normalizers.text import in_latin
from dedupe.pipeline.service_state import CHANGES
from dedupe.review.explain.pair import ASKING
from dedupe.review.people import Person
from dedupe.web.callers import SIGN_IN_COOKIE
from dedupe.web.services import SESSION_COOKIE, Services

_ENVIRONMENT = Environment(
    loader=PackageLoader("dedupe.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    services: Services, request: Request, template: str, status: int = 200, **given: Any
) -> HTMLResponse:
    """Render a template with the active tab, the form token and whether somebody is signed in."""
    session = request.cookies.get(SESSION_COOKIE) or secrets.token_urlsafe(24)
    html = _ENVIRONMENT.get_template(template).render(
        form_token=services.form_token(session),
        path=request.url.path,
        signed_in=SIGN_IN_COOKIE in request.cookies,
        **given,
    )
    response = HTMLResponse(html, status)
    if SESSION_COOKIE not in request.cookies:
        set_cookie(response, request, SESSION_COOKIE, session)
    return response


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, httponly=True, samesite="strict", secure=secure, path="/")


def _static(name: str) -> str:
    """The URL of a file of ours, which changes with its content, so that browsers may cache it."""
    content = files("dedupe.web").joinpath(f"static/{name}").read_bytes()
    return f"/static/{name}?{sha256(content).hexdigest()[:12]}"


def _bits(weight: float) -> str:
    return f"{weight:+.1f}".replace("-", "−")


def _percent(share: float) -> str:
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return f"{share * 100:.1f} %"


def _moment(moment: datetime | str | None) -> str:
    if moment is None:
        return "–"
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _ago(moment: datetime, now: datetime, behind: str = " ago") -> str:
    """How long before now, in its largest unit: `5 hours ago`."""
    seconds = max((now - moment).total_seconds(), 0.0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "minute" and seconds >= size):
            number = int(seconds // size)
            return f"{number:,} {unit}{'' if number == 1 else 's'}{behind}"
    return "just now" if behind else "a moment"


def _duration(seconds: float) -> str:
    """`3.2 s`, `12 min`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _shortly(number: float) -> str:
    """A number of a chart, whole where it is large."""
    return f"{number:,.1f}" if number % 1 and abs(number) < 100 else f"{number:,.0f}"


def _would(golden: Mapping[str, int]) -> list[tuple[str, int]]:
    """What a run would do to golden contacts: the kinds of change that it makes any of."""
    return [(_VERBS[name], golden[name]) for name in CHANGES if golden.get(name)]


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def _short(identifier: UUID | str) -> str:
    """The end of an id: UUIDv7s of one day have the same beginning."""
    return "…" + str(identifier)[-8:]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: object) -> object:
    return f"{value:,}".replace(",", "\u2009") if isinstance(value, int) and abs(value) > 9999 else value


def _sentence(text: str) -> str:
    """With a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:].removesuffix(".")


def _without_commands(text: str) -> str:
    """The text of an explanation step without its command, for pages, which show a link instead."""
    return text.partition(ASKING)[0]


def waterfall(pair: Any) -> dict[str, Any]:
    """The start and end of each bar, and of the zero line, in percent of the width."""
    ends: list[tuple[str, float, float]] = [("prior", 0.0, pair.prior)]
    total: float = pair.prior
    for step in pair.steps:
        ends.append((step.fact, total, total + step.weight))
        total += step.weight
    calibrated = pair.weight + pair.calibration
    ends += [("total", 0.0, pair.weight), ("calibration", pair.weight, calibrated)]
    ends.append(("calibrated", 0.0, calibrated))
    low = min(min(begin, end) for _, begin, end in ends)
    high = max(max(begin, end) for _, begin, end in ends)
    span = max(high - low, 1.0)

    def place(at: float) -> float:
        return round((at - low) / span * 100, 2)

    bars = [
        {"x": place(min(begin, end)), "width": max(place(max(begin, end)) - place(min(begin, end)), 0.4)}
        for _, begin, end in ends
    ]
    return {"zero": place(0.0), "bars": bars}


def united(people: Sequence[Person]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """The values of all source contacts: field, its values, and the keys of those that have each; the
    commonest first."""
    said: dict[str, dict[str, list[str]]] = {}
    for who in people:
        for field, values in _values_of(who):
            for value in values:
                said.setdefault(field, {}).setdefault(value, []).append(who.key)
    return [(field, sorted(values.items(), key=lambda item: -len(item[1]))) for field, values in said.items()]


def on_both_sides(left: Sequence[Person], right: Sequence[Person]) -> set[tuple[str, str]]:
    """The (field, value) pairs that a contact on each side has, spelled the same."""
    sides = (
        {(field, value) for field, items in united(side) for value, _ in items} for side in (left, right)
    )
    return set.intersection(*sides)


def _values_of(who: Person) -> list[tuple[str, list[str]]]:
    single = [
        ("Company", who.company),
        ("Job title", who.job_title),
        ("Place", who.place),
        ("Born", who.birth),
    ]
    listed = [("Name", who.names), ("Email", who.emails), ("Phone", who.phones)]
    named = [
        *listed,
        *((field, [value]) for field, value in single if value),
        ("Identifier", who.identifiers),
    ]
    return [(field, values) for field, values in named if values]


_VERBS = {
    "made": "make",
    "changed": "change",
    "merged": "merge",
    "split": "split",
    "retired": "retire",
    "revived": "revive",
}
_ENVIRONMENT.filters |= {
    "bits": _bits,
    "percent": _percent,
    "moment": _moment,
    "day": _day,
    "ago": _ago,
    "duration": _duration,
    "shortly": _shortly,
    "would": _would,
    "short": _short,
    "words": _words,
    "number": _number,
    "sentence": _sentence,
    "without_commands": _without_commands,
}
_ENVIRONMENT.globals |= {"waterfall": waterfall, "united": united}
_ENVIRONMENT.globals |= {"latin_name": in_latin}
_ENVIRONMENT.globals |= {"style": _static("style.css"), "keys": _static("keys.js")}
_ENVIRONMENT.globals["ahead_script"] = _static("ahead.js")

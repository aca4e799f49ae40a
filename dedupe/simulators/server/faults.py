"""The faults: every way a provider can misbehave, with a name and a description each.

A setting is written `fault`, `fault=value` or `fault=value@N` (for the first N requests only) and, on the
command line, with the provider before it: `digital99:unordered`, `whippy:failing=10@50`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dedupe.errors import InputError

_CHATWOOT = ("digital99", "livedesk")
_LIMITED = ("openmrp", "whippy", "askelephant")
_ONE_BY_ID = ("digital99", "whippy", "askelephant", "livedesk")
_WRITABLE = ("digital99", "whippy", "livedesk")


class Fault(NamedTuple):
    name: str
    default: int | float | str | None  # the value when none is given; None: the fault takes no value
    description: str
    providers: tuple[str, ...] = ("openmrp", "digital99", "whippy", "askelephant", "livedesk")
    choices: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        # the wire
        Fault("slow", 1.0, "every answer waits this many seconds"),
        Fault("drip", 1.0, "the body comes at this many bytes a second"),
        Fault("dropped", 3, "every Nth request: the connection is closed without an answer"),
        Fault("dropped-midway", 3, "every Nth page: the connection is closed in the middle of the body"),
        Fault("failing", 10, "every Nth request is answered 500"),
        Fault("unavailable", None, "every request is answered 503 with an HTML page"),
        Fault("throttled", 5, "every Nth request is answered 429 the way the provider does it"),
        Fault("rate-limit", 10, "so many requests in the provider's window, instead of its own limit"),
        Fault(
            "retry-after",
            "seconds",
            "how a 429 says when to come back",
            _LIMITED,
            ("seconds", "date", "none"),
        ),
        Fault("redirect", None, "every request is redirected to another host"),
        Fault("clock-skew", 7200.0, "the Date header is this many seconds ahead"),
        Fault("expired-token", None, "the credentials are refused"),
        Fault("scope-missing", None, "403: the credentials may not read contacts"),
        # the write
        Fault(
            "answers-lost",
            3,
            "every Nth write happens, and the connection is closed without an answer",
            _WRITABLE,
        ),
        Fault("failing-after", 3, "every Nth write happens, and is answered 500", _WRITABLE),
        Fault("writes-refused", None, "403: the credentials may not change contacts", _WRITABLE),
        # the page
        Fault("truncated", 3, "every Nth page: the JSON ends in the middle, with status 200"),
        Fault("html", 3, "every Nth page: an HTML page with status 200"),
        Fault("wrong-type", 3, "every Nth page: a JSON list of strings instead of the object"),
        Fault("big-page", 10.0, "one contact on every page carries a text of this many megabytes"),
        Fault("duplicated", None, "the first contact of every page stands there twice"),
        Fault("boundary-twice", None, "every further page begins with the last contact of the one before"),
        Fault("capped", 100, "only the first N contacts can be reached, and the end looks like an end"),
        Fault("page-ignored", None, "the page, offset or cursor is ignored: the first page for ever"),
        Fault("filters-ignored", None, "query filters are accepted and ignored", (*_LIMITED, "livedesk")),
        Fault("no-one-by-id", None, "a contact can't be asked for by its id: 404 for each", _ONE_BY_ID),
        # the contact
        Fault("id-types", None, "ids come as numbers and as strings in turn", _CHATWOOT),
        Fault("renamed-field", None, "the email comes under another key: the contract has drifted"),
        Fault("unknown-keys", None, "every contact has a key that the page doesn't name"),
        Fault("scope-shrunk", None, "the token's scope has shrunk: emails and phones come empty"),
        Fault("nulls", None, "null where an object or a list should be"),
        Fault("future-times", None, "the contacts' times lie a year ahead"),
        Fault("sparse", None, "optional keys are left out"),
        Fault("full", None, "every optional key is there, empty if need be"),
        # the walk
        Fault("inserts-between-pages", 1, "so many new contacts after every page"),
        Fault("edits-between-pages", 1, "so many contacts are edited after every page"),
        Fault("deletes-between-pages", 1, "so many contacts vanish after every page"),
        Fault("rename-during-walk", 1, "so many contacts get another name after every page"),
        Fault("churn", 60.0, "one insert and one delete every so many seconds"),
        # the Chatwoot family
        Fault("unordered", None, "without `sort`, every request shuffles the contacts", _CHATWOOT),
        Fault("sort-ignored", None, "every request shuffles the contacts, `sort` or not", _CHATWOOT),
        Fault("unstable-ties", None, "equal sort keys come in another order at each request", _CHATWOOT),
        Fault("timeout-422", 3, "every Nth page: 422 `took too long to complete`", _CHATWOOT),
        Fault("page-size", "honoured", "whether `page_size` is heeded", _CHATWOOT, ("honoured", "ignored")),
        Fault("short-pages", 2, "every Nth page is short although more follow", _CHATWOOT),
        Fault("attributes-replaced", None, "custom attributes that a write lacks are lost", _CHATWOOT),
        Fault("count-off", 3, "meta.count differs from the truth by so many", _CHATWOOT),
        # whippy
        Fault("null-names", "last", "where nameless contacts sort", ("whippy",), ("first", "last", "lost")),
        Fault(
            "name-filter",
            "refused",
            "what a filter by name is answered with",
            ("whippy",),
            ("refused", "failed", "ignored"),
        ),
        Fault("full-last-page", None, "an exactly full last page still has a next_cursor", ("whippy",)),
        Fault("mixed-timestamps", None, "times come naive, with Z, with an offset, in turn", ("whippy",)),
        Fault("padded-cursor", None, "cursors come with their padding", ("whippy",)),
        Fault("folded-order", None, "names are ordered without regard to case", ("whippy",)),
        # whippy and askelephant
        Fault("limit", "clamped", "what a limit over the maximum does", _LIMITED, ("clamped", "refused")),
        Fault("cursor-refused", 4, "every Nth request that carries a cursor is refused", _LIMITED),
        # askelephant
        Fault(
            "anchor-moved",
            "skip",
            "the contact a cursor names is edited",
            ("askelephant",),
            ("skip", "refused"),
        ),
        Fault(
            "ties", 3600.0, "updated_at is rounded down to so many seconds: many are equal", ("askelephant",)
        ),
        Fault("has-more-disagrees", None, "has_more is true while next_cursor is null", ("askelephant",)),
        Fault(
            "auth", "bearer", "which form of the token is taken", ("askelephant",), ("bearer", "raw", "both")
        ),
        # openmrp
        Fault("poisoned-next", None, "next_page_url leads to another host", ("openmrp",)),
        Fault("absolute-next", None, "next_page_url is absolute, to the same host", ("openmrp",)),
        Fault("one-by-id", None, "an actor can be asked for by its id, which no page names", ("openmrp",)),
        Fault("handles-null", None, "users come without their handle", ("openmrp",)),
        Fault("version-required", None, "400 without a version header", ("openmrp",)),
    )
}


@dataclass(frozen=True)
class Setting:
    """A fault that is on. `requests`: the number of first requests that it applies to; None: all."""

    name: str
    value: int | float | str | None = None
    requests: int | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value}"
        return f"{self.name}{value}" + ("" if self.requests is None else f"@{self.requests}")


def valid_faults(provider: str) -> list[str]:
    return [name for name, fault in FAULTS.items() if provider in fault.providers]


def parse_setting(provider: str, text: str) -> Setting:
    """Parse `fault[=value][@requests]`. Raises InputError that lists the provider's faults."""
    rest, at, requests = text.strip().partition("@")
    name, equals, value = rest.partition("=")
    fault = FAULTS.get(name)
    if fault is None or provider not in fault.providers:
        raise InputError(f"{provider} has no fault {name!r}; it has: {', '.join(valid_faults(provider))}")
    if at and not requests.isdigit():
        raise InputError(f"{provider}:{text}: after @ stands a number of requests, not {requests!r}")
    return Setting(name, _value(fault, value if equals else None), int(requests) if at else None)


def _value(fault: Fault, text: str | None) -> int | float | str | None:
    if text is None:
        return fault.default
    if fault.default is None:
        raise InputError(f"fault {fault.name!r} takes no value")
    if fault.choices:
        if text not in fault.choices:
            raise InputError(f"fault {fault.name!r} takes one of: {', '.join(fault.choices)}; not {text!r}")
        return text
    try:
        number = type(fault.default)(text)
    except ValueError:
        number = 0
    if not isinstance(number, int | float) or not 0 < number < 1e9:
        raise InputError(f"fault {fault.name!r} takes a positive number, not {text!r}")
    return number


def parse_fault(text: str) -> tuple[str, Setting]:
    """Parse `provider:fault[=value][@requests]` of the command line. Raises InputError with the valid
    names."""
    provider, colon, rest = text.partition(":")
    known = sorted({name for fault in FAULTS.values() for name in fault.providers})
    if not colon or provider not in known:
        raise InputError(f"{text!r}: write provider:fault[=value]; providers: {', '.join(known)}")
    return provider, parse_setting(provider, rest)


def parse_faults(texts: Iterable[str]) -> dict[str, list[Setting]]:
    """Parse several faults; gives them by provider. Raises InputError with the valid names."""
    found: dict[str, list[Setting]] = {}
    for text in texts:
        provider, setting = parse_fault(text)
        found.setdefault(provider, []).append(setting)
    return found


class Switchboard:
    """The faults that are on at one simulator, and the number of requests that each has seen."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self._settings: dict[str, Setting] = {}
        self._since: dict[str, int] = {}
        self._turns: dict[str, int] = {}
        self.requests = 0

    def set(self, settings: Iterable[str | Setting] | Mapping[str, int | float | str | bool | None]) -> None:
        """Replace all faults. A mapping is name → value (true: the default; false: off)."""
        if isinstance(settings, Mapping):
            settings = [
                name if value is True or value is None else f"{name}={value}"
                for name, value in settings.items()
                if value is not False
            ]
        found = [s if isinstance(s, Setting) else parse_setting(self.provider, s) for s in settings]
        for setting in found:
            if setting.name not in valid_faults(self.provider):
                parse_setting(self.provider, setting.name)
        self._settings = {setting.name: setting for setting in found}
        self._since = {setting.name: self.requests for setting in found}
        self._turns = {}

    def on(self, name: str) -> bool:
        setting = self._settings.get(name)
        if setting is None:
            return False
        return setting.requests is None or self.requests - self._since[name] <= setting.requests

    def text(self, name: str) -> str | None:
        return str(self._settings[name].value) if self.on(name) else None

    def number(self, name: str) -> float | None:
        value = self._settings[name].value if self.on(name) else None
        return float(value) if isinstance(value, int | float) else None

    def nth(self, name: str) -> bool:
        """Whether it is the turn of a fault that applies to every Nth request."""
        if not self.on(name):
            return False
        self._turns[name] = self._turns.get(name, 0) + 1
        return self._turns[name] % int(self.number(name) or 1) == 0

    def listed(self) -> list[str]:
        return [str(setting) for setting in self._settings.values()]

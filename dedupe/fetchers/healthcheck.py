"""A check of one source: whether it answers, what it permits, and what a person should fix.

    checkup(settings) -> Checkup(source, provider, works, findings, advice)

Makes three small requests at most and stores nothing. Findings hold counts, never values.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from dedupe.errors import OF_ALL, ConfigurationError, InputError, SourceError, safe_message
from dedupe.fetchers.fetcher import Fetcher, Mode, Page, Start
from dedupe.fetchers.files.read import read_file
from dedupe.fetchers.given import given_table
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.http.proxies import proxy_of
from dedupe.fetchers.limits import fault_of_id
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, prepare
from dedupe.fetchers.registry import FILE, api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings

_SKEW = 120.0  # seconds between two clocks that are worth a word
_ATTEMPTS = 2  # a person is waiting
_FAR = timedelta(days=3650)
_EVIDENCE = ("names", "emails", "phones", "identifiers")


@dataclass
class Checkup:
    """The outcome for one source. `works`: a night would fetch contacts; `advice`: what a person should
    fix, the most serious first."""

    source: str
    provider: str
    works: bool = True
    findings: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def checkup(settings: SourceSettings) -> Checkup:
    """Check one source. Never raises for a fault of the source, nor for a bug of ours: both are reported."""
    made = Checkup(settings.name, settings.provider)
    try:
        if settings.provider == FILE:
            _look_at_file(settings, made)
        else:
            fetcher = fetcher_for(settings)
            with api_for(fetcher, attempts=_ATTEMPTS) as api:
                _look(fetcher, api, made)
    except ConfigurationError as error:
        made.works = False
        made.advice += error.mistakes
    except OF_ALL:
        raise
    except Exception as error:  # noqa: BLE001  the other sources are looked over, as a night fetches them
        made.works = False
        made.advice.append(safe_message(error))
    return made


def _look(fetcher: Fetcher, api: Api, made: Checkup) -> None:
    if proxy := proxy_of(api.base_url):
        made.findings.append(f"it is asked through the proxy {urlsplit(proxy).hostname}")
    page = _first_page(fetcher, api, Start(Mode.FULL))
    made.findings.append(f"credentials are taken; the first page holds {len(page.payloads)} contacts")
    if (count := page.cursor.get("count_last")) is not None:
        made.findings.append(f"it counts {count} contacts")
    if api.skew is not None and abs(api.skew) > _SKEW:
        ahead = "ahead of" if api.skew > 0 else "behind"
        made.advice.append(f"its clock is {abs(api.skew):.0f} s {ahead} ours: set the clock that is wrong")
    if not page.payloads:
        made.advice.append(
            "it holds no contact that these credentials may see: is the account the right one?"
        )
        return
    _look_at_contacts(fetcher, page, made)
    _look_at_deletions(fetcher, api, page, made)
    _look_at_changes(fetcher, api, made)


def _look_at_contacts(fetcher: Fetcher, page: Page, made: Checkup) -> None:
    ready = [prepare(fetcher, payload) for payload in page.payloads]
    aside = Counter(one.reason for one in ready if isinstance(one, UnusablePayload))
    for reason, count in aside.items():
        made.advice.append(f"{count} of {len(ready)} contacts would be set aside: {reason}")
    made.works = not any(isinstance(one, UnusablePayload) and one.bug for one in ready)
    fit = [
        payload for payload, one in zip(page.payloads, ready, strict=True) if isinstance(one, PreparedPayload)
    ]
    rows = given_table((made.source, "", fetcher.read(payload)) for payload in fit).to_pylist()
    filled = {name: sum(bool(row[name]) for row in rows) for name in _EVIDENCE}
    made.findings.append("filled: " + ", ".join(f"{name} {n}" for name, n in filled.items()))
    if not filled["emails"] and not filled["phones"]:
        made.advice.append(
            "no contact on the first page has an email or a phone: may the credentials see them?"
        )


def _look_at_deletions(fetcher: Fetcher, api: Api, page: Page, made: Checkup) -> None:
    ids = map(fetcher.external_id, page.payloads)
    known = next((key for key in ids if fault_of_id(key) is None), None)
    try:
        found = fetcher.find(api, known).payload if known else None
    except SourceError:
        found = None
    if found is not None and fetcher.external_id(found) == known:
        made.findings.append("deletions: proven by id, the same night")
    else:
        made.findings.append("deletions: proven by two complete walks, the second night")


def _look_at_changes(fetcher: Fetcher, api: Api, made: Checkup) -> None:
    if Mode.CHANGED not in fetcher.modes:
        made.findings.append("changes: by full walks, compared by content")
        return
    page = _first_page(fetcher, api, Start(Mode.CHANGED, since=datetime.now(UTC) + _FAR))
    if page.payloads:
        made.advice.append('its filter by time of change has no effect: set options.full_walk = "always"')
    else:
        made.findings.append("changes: it tells what changed since a moment, nights are incremental")


def _first_page(fetcher: Fetcher, api: Api, start: Start) -> Page:
    walk = fetcher.fetch(api, start)
    try:
        return next(walk)
    finally:
        walk.close()  # type: ignore[attr-defined]  # every fetch is a generator; its threads end here


def _look_at_file(settings: SourceSettings, made: Checkup) -> None:
    if settings.path is None:
        raise InputError("path: name the file or the folder")
    if settings.path.is_dir():
        made.findings.append(
            f"a folder that is watched, with {sum(1 for _ in settings.path.iterdir())} files"
        )
        return
    encoding, records = (settings.options.get(option) for option in ("encoding", "records"))
    read = read_file(
        settings.path,
        settings.name,
        settings.mapping,
        encoding=None if encoding is None else str(encoding),
        records=records,
        ids="content",
    )
    made.findings += [f"{read.given.num_rows} rows", *read.notes]
    if read.quarantine:
        made.advice.append(
            f"{len(read.quarantine)} rows can't be read, the first in line {read.quarantine[0].line}"
        )

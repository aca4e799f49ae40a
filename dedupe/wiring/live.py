"""Live changes from the configuration: which sources may tell, how their deliveries are signed, and what
stores them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dedupe import config
from dedupe.config import Settings, SourceSection
from dedupe.errors import ConfigurationError, NotFound
from dedupe.fetchers.live_change import LiveChange
from dedupe.fetchers.registry import FILE, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.webhook_settings import WebhookSettings, mistaken_webhook
from dedupe.fetchers.webhooks.events import changes_of
from dedupe.fetchers.webhooks.signatures import Signed, verified
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.live_changes import CHANGES_SOMETHING, ChangeVerdict, store_changes
from dedupe.pipeline.suppression_list import Erased
from dedupe.pipeline.telling_sources import telling_source
from dedupe.storage import sources as stored_sources
from dedupe.storage import told_changes
from dedupe.storage.database import Connection
from dedupe.wiring import rooms

_FORGET_EVERY = timedelta(minutes=10)  # deliveries that can't be replayed any more (chosen)


@dataclass
class LiveIntake:
    """What takes the changes of all configured sources; safe to share between threads.

    `stored` is called after something changed, once that is committed.
    """

    sources: Mapping[str, SourceSettings]
    settings: NormalizeSettings
    erasure_key: bytes | None = field(default=None, repr=False)
    stored: Callable[[], None] = lambda: None
    _erased: Erased | None = None
    _forgot_at: datetime | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def store(
        self, connection: Connection, source: str, changes: Sequence[LiveChange]
    ) -> list[ChangeVerdict]:
        """Store the changes within this transaction; whoever commits it calls `tell`.

        Raises NotFound for a source that there isn't, ConfigurationError where nobody can tell whether
        people were erased, LockHeld while another run stores for long.
        """
        own = self._source(connection, source)
        told = telling_source(connection, own, self.sources.keys(), self._suppressed(connection))
        return store_changes(connection, told, changes)

    def tell(self, verdicts: Sequence[ChangeVerdict]) -> None:
        """Hear that what these verdicts are about is committed."""
        if any(one.outcome in CHANGES_SOMETHING for one in verdicts):
            self.stored()

    def signed(self, source: str, headers: Mapping[str, str], body: bytes) -> Signed:
        """Check that a delivery is the source's own. Raises SignatureRefused, whatever keeps it from being
        known: which sources there are is no business of whoever can't sign."""
        own = self.sources.get(source, SourceSettings(source, FILE))
        return verified(own, headers, body, datetime.now(UTC))

    def deliver(
        self, connection: Connection, source: str, signed: Signed, body: bytes
    ) -> list[ChangeVerdict] | None:
        """Store what a signed delivery tells; None for one that was taken before. Raises as `store`, and
        InputError for a body that can't be the source's."""
        own, now = self.sources[source], datetime.now(UTC)
        changes = changes_of(fetcher_for(own), body, signed.sent_at)
        told = telling_source(connection, own, self.sources.keys(), self._suppressed(connection))
        if not told_changes.is_first(connection, told.source.id, signed.signature, now):
            return None
        self._forget(connection, now)
        return store_changes(connection, told, changes)

    def _source(self, connection: Connection, name: str) -> SourceSettings:
        if name in self.sources:
            return self.sources[name]
        known = stored_sources.by_name(connection, name)
        if known is not None and known.provider == FILE:
            return SourceSettings(name, FILE)
        raise NotFound(
            "there is no such source: [sources.NAME] configures one, provider = 'file' for your own"
        )

    def _suppressed(self, connection: Connection) -> Erased:
        with self._turn:
            known = self._erased or Erased.load(connection, self.erasure_key, self.settings)
            self._erased = known.again(connection)
            return self._erased

    def _forget(self, connection: Connection, now: datetime) -> None:
        """Drop deliveries whose timestamps are refused by now, once in a while."""
        if self._forgot_at is not None and now - self._forgot_at < _FORGET_EVERY:
            return
        self._forgot_at = now
        longest = max(one.webhook.tolerance for one in self.sources.values() if one.webhook)
        told_changes.forget_deliveries(connection, now - timedelta(seconds=2 * longest))


def live_intake(settings: Settings, stored: Callable[[], None] = lambda: None) -> LiveIntake:
    """Raises ConfigurationError with every mistake of a webhook, an unset secret among them."""
    readers, mistakes = rooms.readers(settings), list[str]()
    for name, section in settings.sources.items():
        webhook, problems = _webhook(name, section)
        mistakes += problems
        readers[name] = replace(readers[name], webhook=webhook)
    if mistakes:
        where = f"{settings.file}: " if settings.file else ""
        raise ConfigurationError([where + mistake for mistake in mistakes])
    key = rooms.erasure_key(settings)
    return LiveIntake(readers, rooms.normalize_settings(settings), key, stored)


def _webhook(name: str, section: SourceSection) -> tuple[WebhookSettings | None, list[str]]:
    """How the source's deliveries are signed and read, and why that can't be used."""
    if section.webhook is None:
        return None, []
    given, key = section.webhook.model_dump(exclude={"secret_env", "secret_file"}), f"sources.{name}.webhook"
    problems = [f"sources.{name}.{mistake}" for mistake in mistaken_webhook(given)]
    if section.provider == FILE:
        problems.append(f"{key}: a file tells nothing by itself; send its contacts to the API instead")
    if section.webhook.secret_env is not None:
        secret, problem = config.secret_of_variable(section.webhook.secret_env, f"{key}.secret_env")
    else:
        assert section.webhook.secret_file is not None
        secret, problem = config.secret_of_file(section.webhook.secret_file, f"{key}.secret_file")
    if problem:
        problems.append(problem)
    return (None if secret is None else WebhookSettings(secret, **given)), problems

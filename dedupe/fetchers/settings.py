"""The settings of one source, as its fetcher needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dedupe.fetchers.webhook_settings import WebhookSettings
from dedupe.fetchers.writeback_settings import WritebackSettings


@dataclass(frozen=True)
class SourceSettings:
    """One account of a provider. `secrets` holds `token`, or `key` and `secret`; they are never shown."""

    name: str
    provider: str
    base_url: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    account_id: str | None = None
    auth: Literal["bearer", "raw"] = "bearer"
    version_header: str | None = None
    version: str | None = None
    default_region: str | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    rate: float | None = None  # requests a second, retries included; None: half the provider's limit
    timeout: float = 30.0  # seconds a request may take in all
    never_store: tuple[str, ...] = ()  # paths dropped before hashing and storing: `a.b`, `a[].b`
    max_gone: float = 0.05
    options: Mapping[str, Any] = field(default_factory=dict)  # what only this provider knows
    path: Path | None = None  # provider "file": a file, or a folder that is watched
    mapping: Mapping[str, str] = field(default_factory=dict)  # column → field, or field → JMESPath
    webhook: WebhookSettings | None = None
    writeback: WritebackSettings | None = None

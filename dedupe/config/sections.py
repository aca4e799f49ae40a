"""The sections of the settings: keys, their types, and what fits together within one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dedupe.golden.survivorship import By, rule_fields

_REGION, _NAME = r"^[A-Z]{2}$", r"^[a-z0-9][a-z0-9_-]{0,62}$"
_MEMORY = r"^(?i:[0-9]+([.][0-9]+)? ?([KMGT]i?B|%))$"
PATTERNS = {
    _MEMORY: "is no amount of memory; write it as 2GB, 500MB or 80%",
    _REGION: "is no region; write its two capitals, as IL, US or DE",
    _NAME: "a source's name is made of lower-case letters, digits, - and _",
}
"""What to write where a text has another form."""
Region = Annotated[str, Field(pattern=_REGION, description="ISO 3166-1 alpha-2, capitals: IL, US, DE")]

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=_NAME)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSection(Section):
    """Without a url: the embedded PostgreSQL in `data_dir`."""

    url: str | None = Field(None, description="postgresql://user@host/name, without a password")
    url_env: str | None = Field(None, description="variable that holds the whole url, password included")
    data_dir: Path | None = None

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        if url is not None and "@" in url and ":" in url.split("@")[0].split("//")[-1]:
            raise ValueError("holds a password; name a variable with url_env instead")
        return url

    @model_validator(mode="after")
    def _one_place(self) -> DatabaseSection:
        if self.url and self.url_env:
            raise ValueError("give url or url_env, not both")
        return self


class SourceSection(Section):
    """One configured account of a provider."""

    provider: str
    base_url: str | None = None
    account_id: str | None = None
    token_env: str | None = None
    token_file: Path | None = None
    key_env: str | None = None
    key_file: Path | None = None
    secret_env: str | None = None
    secret_file: Path | None = None
    auth: Literal["bearer", "raw"] = "bearer"
    version_header: str | None = None
    version: str | None = None
    default_region: Region | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    international_without_plus: bool = Field(False, description="its numbers are as 4915112345678")
    rate: Annotated[float, Field(gt=0)] | None = Field(
        None, description="requests a second, retries included"
    )
    timeout: Annotated[float, Field(gt=0)] = Field(30, description="seconds a request may take in all")
    never_store: list[str] = Field(default_factory=list, description="paths dropped before raw is stored")
    max_gone: Share = 0.05
    options: dict[str, Any] = Field(default_factory=dict, description="what only this provider knows")
    path: Path | None = Field(None, description="provider = 'file': a file, or a folder that is watched")
    map: dict[str, str] = Field(default_factory=dict)


class NormalizeSection(Section):
    fallback_region: Region | None = None
    ours_domains: list[str] = Field(default_factory=list)
    ours_emails: list[str] = Field(default_factory=list)
    ours_phones: list[str] = Field(default_factory=list)
    shared_namespaces: list[str] = Field(default_factory=list)
    unique_namespaces: list[str] = Field(default_factory=list)


class MatchSection(Section):
    """Thresholds left out are the model's own, which training chooses by the next two."""

    link_probability: Share | None = None
    review_probability: Share | None = None
    max_wrong_merges: Share = Field(
        0.005, description="share of golden contacts of two or more source contacts that hold two people"
    )
    review_capacity: Annotated[int, Field(ge=0)] | None = Field(
        None, description="review candidates that people can look at in a week"
    )
    match_staff: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> MatchSection:
        link, review = self.link_probability, self.review_probability
        if link is not None and review is not None and review > link:
            raise ValueError("review_probability is above link_probability")
        return self


class GoldenSection(Section):
    trust: list[str] = Field(default_factory=list, description="sources, the most trusted first")
    trust_for: dict[str, list[str]] = Field(default_factory=dict, description="another order for a field")
    fields: dict[str, list[By]] = Field(default_factory=dict, description="criteria, the weightiest first")

    @field_validator("trust_for", "fields")
    @classmethod
    def _known(cls, by_field: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(by_field) - set(rule_fields()))
        if unknown:
            raise ValueError(f"no such field: {', '.join(unknown)}; there are {', '.join(rule_fields())}")
        return by_field


class GateSection(Section):
    """A night over one of these limits is held back (exit 5)."""

    max_share_gone: Share = 0.05
    max_fill_rate_drop: Share = 0.10
    max_share_merged: Share = 0.10
    max_share_split: Share = 0.02
    max_share_changed: Share = 0.50
    max_cluster: Annotated[int, Field(ge=2)] = 100
    fewest: Annotated[int, Field(ge=1)] = Field(50, description="shares of fewer than this say nothing")


class PrivacySection(Section):
    """How long raw is kept of contacts that are gone, and who was erased."""

    purge_after_gone: Annotated[int, Field(ge=0)] = Field(
        30, description="days until the raw of a contact that is gone is dropped; 0 keeps it"
    )
    access_log: Annotated[int, Field(ge=0)] = Field(
        365, description="days that who looked at whom is kept; 0 keeps it for ever"
    )
    erasure_key_env: str | None = Field(None, description="variable that holds the key of erasures' hashes")


class EngineSection(Section):
    memory_limit: Annotated[str, Field(pattern=_MEMORY)] = "4GB"
    threads: Annotated[int, Field(ge=1)] | None = None


class ServeSection(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    allowed_hosts: list[str] = Field(default_factory=list)

"""The sections of what is stored: where, how long, and by which key it is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from dedupe.config.sections import Section


class DatabaseSection(Section):
    """Where the contacts are kept. Without a url: the embedded PostgreSQL in `data_dir`."""

    url: str | None = Field(None, description="postgresql://user@host/name, without a password")
    url_env: str | None = Field(None, description="variable that holds the whole url, password included")
    url_file: Path | None = Field(None, description="file that holds the whole url, password included")
    require_tls: bool = Field(
        True,
        description="whether a server on another machine must be reached by TLS (sslmode=require or better)",
    )
    data_dir: Path | None = Field(
        None, description="folder of the embedded server; default: this user's data folder"
    )

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        if url is not None and "password=" in url.partition("?")[2]:
            raise ValueError(
                "holds a password; name a variable with url_env, or a file with url_file, instead"
            )
        if url is not None and "@" in url and ":" in url.split("@")[0].split("//")[-1]:
            raise ValueError(
                "holds a password; name a variable with url_env, or a file with url_file, instead"
            )
        return url

    @model_validator(mode="after")
    def _one_place(self) -> DatabaseSection:
        if sum(one is not None for one in (self.url, self.url_env, self.url_file)) > 1:
            raise ValueError("give one of url, url_env and url_file")
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether no server is named."""
        return self.url is None and self.url_env is None and self.url_file is None


class PrivacySection(Section):
    """How long raw is kept of contacts that are gone, and who was erased."""

    purge_after_gone: Annotated[int, Field(ge=0)] = Field(
        30, description="days until the raw of a contact that is gone is dropped; 0 keeps it"
    )
    access_log: Annotated[int, Field(ge=0)] = Field(
        365, description="days that who looked at whom is kept; 0 keeps it for ever"
    )
    history_kept: Annotated[int, Field(ge=0)] = Field(
        365,
        description="days that what golden contacts showed before they changed is kept; 0 keeps it for ever",
    )
    events_kept: Annotated[int, Field(ge=0)] = Field(
        0, description="days that events of golden contacts are kept, once delivered; 0 keeps them for ever"
    )
    erasure_key_env: str | None = Field(
        None, description="variable that holds the key of the suppression list's hashes"
    )
    erasure_key_file: Path | None = Field(None, description="file that holds that key")

    @model_validator(mode="after")
    def _one_key(self) -> PrivacySection:
        if self.erasure_key_env and self.erasure_key_file:
            raise ValueError("give erasure_key_env or erasure_key_file, not both")
        return self

    @property
    def has_erasure_key(self) -> bool:
        """Whether a key is named; it may still not be there."""
        return self.erasure_key_env is not None or self.erasure_key_file is not None

"""The settings: one TOML file, overridden by environment variables, checked as a whole.

Unknown keys are errors and every mistake is reported at once, with the file and the key. Secrets never stand
in the file: a key that ends in `_env` names an environment variable, one that ends in `_file` a file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from dedupe.errors import ConfigurationError
from dedupe.golden.survivorship import By, rule_fields

DEFAULT_FILE = Path("config.toml")
FILE_VARIABLE = "DEDUPE_CONFIG"

_REGION, _NAME = r"^[A-Z]{2}$", r"^[a-z0-9][a-z0-9_-]{0,62}$"
_MEMORY = r"^(?i:[0-9]+([.][0-9]+)? ?([KMGT]i?B|%))$"
_PATTERNS = {
    _MEMORY: "is no amount of memory; write it as 2GB, 500MB or 80%",
    _REGION: "is no region; write its two capitals, as IL, US or DE",
    _NAME: "a source's name is made of lower-case letters, digits, - and _",
}
Region = Annotated[str, Field(pattern=_REGION, description="ISO 3166-1 alpha-2, capitals: IL, US, DE")]

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=_NAME)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSection(_Section):
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


class SourceSection(_Section):
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


class NormalizeSection(_Section):
    fallback_region: Region | None = None
    ours_domains: list[str] = Field(default_factory=list)
    ours_emails: list[str] = Field(default_factory=list)
    ours_phones: list[str] = Field(default_factory=list)
    shared_namespaces: list[str] = Field(default_factory=list)
    unique_namespaces: list[str] = Field(default_factory=list)


class MatchSection(_Section):
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


class GoldenSection(_Section):
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


class GateSection(_Section):
    """A night over one of these limits is held back (exit 5)."""

    max_share_gone: Share = 0.05
    max_fill_rate_drop: Share = 0.10
    max_share_merged: Share = 0.10
    max_share_split: Share = 0.02
    max_share_changed: Share = 0.50
    max_cluster: Annotated[int, Field(ge=2)] = 100
    fewest: Annotated[int, Field(ge=1)] = Field(50, description="shares of fewer than this say nothing")


class PrivacySection(_Section):
    """How long raw is kept of contacts that are gone, and who was erased."""

    purge_after_gone: Annotated[int, Field(ge=0)] = Field(
        30, description="days until the raw of a contact that is gone is dropped; 0 keeps it"
    )
    access_log: Annotated[int, Field(ge=0)] = Field(
        365, description="days that who looked at whom is kept; 0 keeps it for ever"
    )
    erasure_key_env: str | None = Field(None, description="variable that holds the key of erasures' hashes")


class EngineSection(_Section):
    memory_limit: Annotated[str, Field(pattern=_MEMORY)] = "4GB"
    threads: Annotated[int, Field(ge=1)] | None = None


class ServeSection(_Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    allowed_hosts: list[str] = Field(default_factory=list)


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="DEDUPE_", env_nested_delimiter="__", env_nested_max_split=1
    )

    database: DatabaseSection = DatabaseSection()
    sources: dict[Name, SourceSection] = Field(default_factory=dict)
    normalize: NormalizeSection = NormalizeSection()
    match: MatchSection = MatchSection()
    golden: GoldenSection = GoldenSection()
    gate: GateSection = GateSection()
    privacy: PrivacySection = PrivacySection()
    engine: EngineSection = EngineSection()
    serve: ServeSection = ServeSection()

    _file: Path | None = PrivateAttr(None)

    @property
    def file(self) -> Path | None:
        """Where they stand, for messages; None: in the environment alone."""
        return self._file

    def read_from(self, file: Path | None) -> Settings:
        self._file = file
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @model_validator(mode="after")
    def _trust_names_sources(self) -> Settings:
        orders = {"trust": self.golden.trust}
        orders |= {f"trust_for.{field}": order for field, order in self.golden.trust_for.items()}
        unknown = [
            f"golden.{key} names no configured source: {name}"
            for key, order in orders.items()
            for name in order
            if self.sources and name not in self.sources
        ]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self


def load(path: Path | None = None) -> Settings:
    """The settings from `path`, else from $DEDUPE_CONFIG, else from ./config.toml if there, else defaults.

    Raises ConfigurationError with every mistake.
    """
    named = path or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    values = _read(file) if file else {}
    try:
        return Settings(**values).read_from(file)
    except ValidationError as error:
        raise ConfigurationError([_sentence(file, mistake) for mistake in error.errors()]) from None
    except SettingsError as error:
        told = str(error).splitlines()[0]  # names the section, never the variable's value
        raise ConfigurationError(f"environment: {told}; write DEDUPE_SECTION__KEY") from None


def secret(source: str, section: SourceSection, which: str) -> tuple[str | None, str | None]:
    """The secret `which` ("token", "key", "secret") of a source, or the reason why it can't be had."""
    variable: str | None = getattr(section, f"{which}_env", None)
    file: Path | None = getattr(section, f"{which}_file", None)
    if variable:
        return secret_of_variable(variable, f"sources.{source}.{which}_env")
    if file:
        return secret_of_file(file, f"sources.{source}.{which}_file")
    return None, f"sources.{source}: give {which}_env, the variable that holds its {which}, or {which}_file"


def named_secrets(section: SourceSection) -> tuple[str, ...]:
    """Those that a source says a place of."""
    return tuple(
        which
        for which in ("token", "key", "secret")
        if getattr(section, f"{which}_env") or getattr(section, f"{which}_file")
    )


def secret_of_variable(variable: str, key: str) -> tuple[str | None, str | None]:
    """What the variable holds, or the reason why it can't be had; `key`: where the configuration names it."""
    value = os.environ.get(variable)
    return (value, None) if value else (None, f"{key}: ${variable} is not set")


def secret_of_file(file: Path, key: str) -> tuple[str | None, str | None]:
    """What the file holds, less the blanks around it, or the reason why it can't be had."""
    try:
        value = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        return None, f"{key}: {file}: {reason}"
    return (value, None) if value else (None, f"{key}: {file}: is empty")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file; copy config.example.toml") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: byte {error.start} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: is not TOML: {error}") from None


def _sentence(file: Path | None, mistake: Any) -> str:
    """One mistake without its input, which may be a secret given in the wrong place."""
    key = ".".join(str(part) for part in mistake["loc"] if part != "[key]")
    what = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        what = "there is no such key"
    elif mistake["type"] == "missing":
        what = "is missing"
    elif mistake["type"] == "string_pattern_mismatch":
        what = _PATTERNS.get(mistake["ctx"]["pattern"], what)
    return f"{file or 'environment'}: {key + ': ' if key else ''}{what}"

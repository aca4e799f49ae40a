"""The settings: one TOML file, overridden by environment variables, checked as a whole.

Unknown keys are errors and every mistake is reported at once, with the file and the key. Secrets never stand
in the file: a key that ends in `_env` names an environment variable, one that ends in `_file` a file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from dedupe.config.running import TIME_PATTERNS, RunSection, zone
from dedupe.config.secrets import named_secrets, secret, secret_of_file, secret_of_variable
from dedupe.config.sections import (
    PATTERNS,
    EngineSection,
    GateSection,
    GoldenSection,
    MatchSection,
    Name,
    NormalizeSection,
    ServeSection,
    SourceSection,
    WatchSection,
    WebhookSection,
    WritebackSection,
)
from dedupe.config.signing_in import SignInSection
from dedupe.config.stored import DatabaseSection, PrivacySection
from dedupe.config.subscriptions import SubscriptionSection
from dedupe.errors import ConfigurationError

__all__ = [
    "DatabaseSection",
    "EngineSection",
    "GateSection",
    "GoldenSection",
    "MatchSection",
    "NormalizeSection",
    "PrivacySection",
    "RunSection",
    "ServeSection",
    "Settings",
    "SignInSection",
    "SourceSection",
    "SubscriptionSection",
    "WatchSection",
    "WebhookSection",
    "WritebackSection",
    "load",
    "named_secrets",
    "secret",
    "secret_of_file",
    "secret_of_variable",
    "zone",
]

DEFAULT_FILE = Path("config.toml")
FILE_VARIABLE = "DEDUPE_CONFIG"


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
    watch: WatchSection = WatchSection()
    sign_in: SignInSection = SignInSection()
    run: RunSection = RunSection()
    webhooks: list[SubscriptionSection] = Field(default_factory=list)

    _file: Path | None = PrivateAttr(None)

    @property
    def file(self) -> Path | None:
        """The file of these settings, for messages; None when only the environment set them."""
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

    @field_validator("webhooks")
    @classmethod
    def _named_once(cls, webhooks: list[SubscriptionSection]) -> list[SubscriptionSection]:
        names = [one.name for one in webhooks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return webhooks

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
    """Load the settings from `path`, else $DEDUPE_CONFIG, else ./config.toml if there is one, else the
    defaults.

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
        message = str(error).splitlines()[0]  # names the section, never the variable's value
        raise ConfigurationError(f"environment: {message}; write DEDUPE_SECTION__KEY") from None


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
    """A mistake as a sentence, without its input, which may be a secret in the wrong place."""
    key = ".".join(str(part) for part in mistake["loc"] if part != "[key]")
    what = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        what = "there is no such key"
    elif mistake["type"] == "missing":
        what = "is missing"
    elif mistake["type"] == "string_pattern_mismatch":
        what = (PATTERNS | TIME_PATTERNS).get(mistake["ctx"]["pattern"], what)
    return f"{file or 'environment'}: {key + ': ' if key else ''}{what}"

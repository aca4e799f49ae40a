"""Secrets, read from the environment variables or files that the configuration names; never from the
configuration itself."""

from __future__ import annotations

import os
from pathlib import Path

from dedupe.config.sections import SourceSection


def secret(source: str, section: SourceSection, which: str) -> tuple[str | None, str | None]:
    """The secret `which` ("token", "key", "secret") of a source, or the reason why it can't be read."""
    variable: str | None = getattr(section, f"{which}_env", None)
    file: Path | None = getattr(section, f"{which}_file", None)
    if variable:
        return secret_of_variable(variable, f"sources.{source}.{which}_env")
    if file:
        return secret_of_file(file, f"sources.{source}.{which}_file")
    return None, f"sources.{source}: give {which}_env, the variable that holds its {which}, or {which}_file"


def named_secrets(section: SourceSection) -> tuple[str, ...]:
    """The secrets for which a source names a variable or a file."""
    return tuple(
        which
        for which in ("token", "key", "secret")
        if getattr(section, f"{which}_env") or getattr(section, f"{which}_file")
    )


def secret_of_variable(variable: str, key: str) -> tuple[str | None, str | None]:
    """The content of the variable, or the reason why it can't be used; `key`: the configuration key that
    names it."""
    value = os.environ.get(variable)
    return (value, None) if value else (None, f"{key}: ${variable} is not set")


def secret_of_file(file: Path, key: str) -> tuple[str | None, str | None]:
    """The content of the file without white space around it, or the reason why it can't be used."""
    try:
        value = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        return None, f"{key}: {file}: {reason}"
    return (value, None) if value else (None, f"{key}: {file}: is empty")

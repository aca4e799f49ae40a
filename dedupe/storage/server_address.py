"""Where a Postgres server is, told to processes elsewhere without its password."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dedupe.errors import ConfigurationError
from dedupe.storage.embedded.server import Embedded


@dataclass(frozen=True)
class ServerAddress:
    """One of: a variable or a file that holds the url, password included; a url without a password; the
    folder of an embedded server, whose password lies there for the same user of the same machine."""

    variable: str | None = None
    file: Path | None = None
    passwordless: str | None = None
    folder: Path | None = None
    require_tls: bool = False

    def url(self) -> str:
        """The url, password included, where this process runs. Raises ConfigurationError where it can't be
        had here."""
        if self.variable is not None:
            if not (url := os.environ.get(self.variable)):
                raise ConfigurationError(
                    f"database.url_env: ${self.variable} is not set where Spark's workers run"
                )
            return url
        if self.file is not None:
            try:
                return self.file.expanduser().read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(
                    f"database.url_file: {self.file}: {error.strerror}, where Spark's workers run"
                ) from None
        if self.passwordless is not None:
            return self.passwordless
        return Embedded(self.folder).url()

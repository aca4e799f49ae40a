"""The context of every command: where the configuration is, read at first use."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from dedupe import config


class CommandContext:
    """The configuration is read at first use, so that a broken one doesn't keep `match FILE` from working."""

    def __init__(self, config_file: Path | None = None) -> None:
        self.config_file = config_file
        self.verbosity, self.log_json = 0, False

    @cached_property
    def settings(self) -> config.Settings:
        return config.load(self.config_file)

    @property
    def options(self) -> list[str]:
        """The options of the program itself that another command of it must get to do the same."""
        config = [] if self.config_file is None else ["--config", str(self.config_file.resolve())]
        return [*config, *["--verbose"] * self.verbosity, *["--log-json"] * self.log_json]

    @property
    def sources(self) -> set[str]:
        """The names of the configured sources; none before the configuration was read, or where it can't
        be."""
        return set(self.settings.sources) if "settings" in self.__dict__ else set()

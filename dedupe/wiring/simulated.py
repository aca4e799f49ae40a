"""The five simulators as configured sources."""

from __future__ import annotations

from collections.abc import Mapping

from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.server.simulator import Simulator

_REGIONS = {"openmrp": "US", "digital99": "IL", "whippy": "US", "askelephant": "US", "livedesk": "DE"}
_SECRET_OF = {"api_access_token": "token", "api_key": "key", "api_secret": "secret"}


def secrets_of(simulator: Simulator) -> dict[str, str]:
    """A simulator's credentials by the names that the settings use."""
    given = {name: value for name, value in simulator.credentials.items() if name != "account_id"}
    if simulator.provider == "whippy":
        return {"token": given["key"]}
    return {_SECRET_OF.get(name, name): value for name, value in given.items()}


def simulated_sources(running: Mapping[str, Simulator]) -> list[SourceSettings]:
    """A source for each simulator, named like its provider, practically without a rate limit."""
    return [
        SourceSettings(
            name=provider,
            provider=provider,
            base_url=simulator.url,
            secrets=secrets_of(simulator),
            account_id=simulator.credentials.get("account_id"),
            default_region=_REGIONS[provider],
            rate=10_000,
        )
        for provider, simulator in running.items()
    ]


def as_toml(running: Mapping[str, Simulator]) -> tuple[str, dict[str, str]]:
    """A configuration for the simulators to copy, and the variables with their secrets."""
    lines: list[str] = []
    variables: dict[str, str] = {}
    for source in simulated_sources(running):
        lines += [
            f"[sources.{source.name}]",
            f'provider = "{source.provider}"',
            f'base_url = "{source.base_url}"',
        ]
        if source.account_id:
            lines.append(f'account_id = "{source.account_id}"')
        for which, value in source.secrets.items():
            variable = f"SIMULATED_{source.provider}_{which}".upper()
            variables[variable] = value
            lines.append(f'{which}_env = "{variable}"')
        lines += [f'default_region = "{source.default_region}"', ""]
    return "\n".join(lines), variables

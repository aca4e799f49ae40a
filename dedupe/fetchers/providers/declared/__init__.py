"""Providers that are declared in the configuration: no code of their own, the guards of the built-in ones.

Others use `is_declared`, `mistaken_declaration`, `declared_provider`, `references` and
`secrets_needed`.
"""

from dedupe.fetchers.providers.declared.credentials import references, secrets_needed
from dedupe.fetchers.providers.declared.declaration import is_declared
from dedupe.fetchers.providers.declared.mistakes import mistaken_declaration
from dedupe.fetchers.providers.declared.provider import declared_provider

__all__ = [
    "declared_provider",
    "is_declared",
    "mistaken_declaration",
    "references",
    "secrets_needed",
]

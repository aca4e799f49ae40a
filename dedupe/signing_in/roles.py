"""Roles by group: whoever is in one of a role's groups may do what the role may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dedupe.storage.tokens import Scope


@dataclass(frozen=True, slots=True)
class Roles:
    """The groups that give each role: to look, to review (and look), and to do all."""

    look: frozenset[str] = frozenset()
    review: frozenset[str] = frozenset()
    admin: frozenset[str] = frozenset()

    def scopes(self, groups: Collection[str]) -> list[Scope]:
        """What somebody in these groups may do; nothing where no group of theirs gives a role."""
        named = set(groups)
        of_roles = ((self.look, Scope.LOOKUP), (self.review, Scope.REVIEW), (self.admin, Scope.ADMIN))
        return [scope for role, scope in of_roles if role & named]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to whom we trust. `subject`: for good, where the name may change; None: the name is."""

    name: str
    groups: tuple[str, ...]
    subject: str | None = None

"""The settings of normalization."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True)
class NormalizeSettings:
    """`default_region`, `date_order`: by source. Regions are ISO 3166 alpha-2.

    `usual_in_source`, `usual_in_file`: the region of nearly all numbers with a country code, learned from a
    file (`conventions`); what is configured goes before it.

    `international_without_plus`: sources that write international numbers as `4915112345678`.

    `ours_*` are our own addresses, domains and numbers (any spelling): kept as values, never match keys.
    Identifier namespaces not named in `shared_namespaces` belong to their source (`source/namespace`);
    those in `unique_namespaces` a person has only one of.
    """

    default_region: Mapping[str, str] = field(default_factory=dict)
    fallback_region: str | None = None
    usual_in_source: Mapping[str, str] = field(default_factory=dict)
    usual_in_file: str | None = None
    date_order: Mapping[str, DateOrder | None] = field(default_factory=dict)
    international_without_plus: frozenset[str] = frozenset()
    ours_domains: frozenset[str] = frozenset()
    ours_emails: frozenset[str] = frozenset()
    ours_phones: frozenset[str] = frozenset()
    shared_namespaces: frozenset[str] = frozenset()
    unique_namespaces: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """A hash that is equal for equal settings, whatever the order they were written in."""
        text = json.dumps(asdict(self), sort_keys=True, default=sorted)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]

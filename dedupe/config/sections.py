"""The sections of the configuration: their keys, what each means, and what it may hold.

`docs/reference/configuration.md` is made from the descriptions here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dedupe.config.addresses import ContactAddress
from dedupe.golden.survivorship import By, rule_fields

_REGION, _NAME = r"^[A-Z]{2}$", r"^[a-z0-9][a-z0-9_-]{0,62}$"
_MEMORY = r"^(?i:[0-9]+([.][0-9]+)? ?([KMGT]i?B|%))$"
PATTERNS = {
    _MEMORY: "is no amount of memory; write it as 2GB, 500MB or 80%",
    _REGION: "is no region; write its two capitals, as IL, US or DE",
    _NAME: "a source's name is made of lower-case letters, digits, - and _",
}
"""What to say of a text that doesn't match."""
Region = Annotated[str, Field(pattern=_REGION)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=_NAME)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookSection(Section):
    """How the source tells of changes by itself: signed requests to `/v1/webhooks/NAME`. Of digital99 and
    livedesk the headers and the body are known, so that a secret is enough."""

    secret_env: str | None = Field(
        None, description="variable that holds the secret deliveries are signed by"
    )
    secret_file: Path | None = Field(None, description="file that holds that secret")
    tolerance: Annotated[int, Field(ge=1, le=86_400)] = Field(
        300, description="seconds that a delivery's timestamp may be off, either way"
    )
    signature_header: str | None = Field(
        None, description="header of the signature; default: X-Dedupe-Signature"
    )
    timestamp_header: str | None = Field(
        None, description="header of the timestamp; default: X-Dedupe-Timestamp"
    )
    each: str = Field("@", description="the events of a body (JMESPath)")
    contact: str = Field("@", description="the contact of an event, as the source's list would show it")
    deleted: str = Field("", description="true of an event whose contact was deleted")
    as_of: str = Field(
        "", description="when an event happened; default: the contact's own time, or when sent"
    )
    partial: bool = Field(False, description="an event shows only some fields: the others stay")

    @model_validator(mode="after")
    def _signed(self) -> WebhookSection:
        if (self.secret_env is None) == (self.secret_file is None):
            raise ValueError("give secret_env or secret_file: one of them")
        return self


class WritebackSection(Section):
    """The golden id into the source's own contacts (docs/writeback.md). Without this section nothing is ever
    written to a provider."""

    field: str = Field(description="digital99, livedesk: custom_attributes.KEY; whippy: external_id")
    overwrite: bool = Field(False, description="whether a value that isn't ours may be written over")
    replaces: bool = Field(
        False, description="the provider takes the attributes that are sent for all of them; see the page"
    )
    withdraw: bool = Field(False, description="nothing is wanted there: what we wrote is cleared")
    nightly: bool = Field(False, description="whether a night that has published applies what is planned")
    rate: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="requests a second, beside those of walks; default: a quarter of the provider's limit",
    )


class SourceSection(Section):
    """One configured account of a provider. NAME is a key: shown, logged and looked up by. A source that is
    missing here is paused; its contacts stay."""

    provider: str = Field(
        description="a built-in provider, `file`, or any other name with `options.url`: declared here"
    )
    base_url: str | None = Field(None, description="put before every path instead of the provider's own")
    account_id: str | None = Field(
        None, description="the account's number, where the provider's paths name it"
    )
    token_env: str | None = Field(None, description="variable that holds the token")
    token_file: Path | None = Field(None, description="file that holds the token")
    key_env: str | None = Field(None, description="variable that holds the key, where it goes with a secret")
    key_file: Path | None = Field(None, description="file that holds that key")
    secret_env: str | None = Field(None, description="variable that holds the secret of that key")
    secret_file: Path | None = Field(None, description="file that holds that secret")
    auth: Literal["bearer", "raw"] = Field(
        "bearer", description="askelephant: whether the token is sent with `Bearer` before it"
    )
    version_header: str | None = Field(None, description="openmrp: the header that names the version")
    version: str | None = Field(None, description="openmrp: the version asked for")
    default_region: Region | None = Field(
        None, description="region of phone numbers without a country code, as IL, US or DE"
    )
    date_order: Literal["dmy", "mdy", "ymd"] | None = Field(
        None, description="order of day, month and year in dates; default: told by the dates"
    )
    international_without_plus: bool = Field(False, description="its numbers are as 4915112345678")
    rate: Annotated[float, Field(gt=0)] | None = Field(
        None, description="requests a second, retries included; default: half the provider's limit"
    )
    timeout: Annotated[float, Field(gt=0)] = Field(30, description="seconds a request may take in all")
    never_store: list[str] = Field(default_factory=list, description="paths dropped before raw is stored")
    max_gone: Share = Field(
        0.05, description="share of its contacts that may vanish before it is held at its last good state"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="what only this provider knows")
    webhook: WebhookSection | None = Field(
        None, description="signed deliveries of changes: see [sources.NAME.webhook]"
    )
    writeback: WritebackSection | None = Field(
        None, description="the golden id into a field of the provider: see [sources.NAME.writeback]"
    )
    path: Path | None = Field(None, description="provider = 'file': a file, or a folder that is watched")
    contact_url: ContactAddress | None = Field(
        None, description="page of a contact there, as https://desk.example/contacts/{external_id}"
    )
    map: dict[str, str] = Field(
        default_factory=dict, description="file: column = field; else: field = where it is (JMESPath)"
    )


class NormalizeSection(Section):
    """How values are read, and which of them are our own."""

    fallback_region: Region | None = Field(
        None, description="region of numbers without a country code where a source names none"
    )
    ours_domains: list[str] = Field(default_factory=list, description="our own domains: never evidence")
    ours_emails: list[str] = Field(default_factory=list, description="our own mailboxes: never evidence")
    ours_phones: list[str] = Field(default_factory=list, description="our own numbers: never evidence")
    shared_namespaces: list[str] = Field(
        default_factory=list,
        description="namespaces of identifiers that mean the same person in every source",
    )
    unique_namespaces: list[str] = Field(
        default_factory=list, description="namespaces of identifiers of which a person has only one"
    )


class MatchSection(Section):
    """Thresholds left out are the model's own, which training chooses by `max_wrong_merges` and
    `review_capacity`."""

    link_probability: Share | None = Field(None, description="match probability from which a pair is a link")
    review_probability: Share | None = Field(
        None, description="match probability from which a pair is a review candidate"
    )
    max_wrong_merges: Share = Field(
        0.01, description="share of golden contacts of two or more source contacts that hold two people"
    )
    review_capacity: Annotated[int, Field(ge=0)] | None = Field(
        None, description="review candidates that people can look at in a week"
    )
    match_staff: bool = Field(False, description="whether a provider's own users may join customers")

    @model_validator(mode="after")
    def _in_order(self) -> MatchSection:
        link, review = self.link_probability, self.review_probability
        if link is not None and review is not None and review > link:
            raise ValueError("review_probability is above link_probability")
        return self


class GoldenSection(Section):
    """Which value of a cluster survives into its golden contact."""

    trust: list[str] = Field(default_factory=list, description="sources, the most trusted first")
    trust_for: dict[str, list[str]] = Field(default_factory=dict, description="another order for a field")
    fields: dict[str, list[By]] = Field(
        default_factory=dict, description="survivorship rule of a field: its criteria, the weightiest first"
    )

    @field_validator("trust_for", "fields")
    @classmethod
    def _known(cls, by_field: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(by_field) - set(rule_fields()))
        if unknown:
            raise ValueError(f"no such field: {', '.join(unknown)}; there are {', '.join(rule_fields())}")
        return by_field


class GateSection(Section):
    """The publish gate: a night over one of these limits is held back (exit 5)."""

    max_share_gone: Share = Field(
        0.05, description="share of the source contacts served that are there no longer, of all and a source"
    )
    max_fill_rate_drop: Share = Field(
        0.10, description="by how much the share of a source's contacts that have a field may fall"
    )
    max_share_merged: Share = Field(0.10, description="share of the golden contacts served that are merged")
    max_share_split: Share = Field(0.02, description="share of the golden contacts served that are split")
    max_share_changed: Share = Field(0.50, description="share of the golden contacts served that change")
    max_cluster: Annotated[int, Field(ge=2)] = Field(100, description="source contacts in one golden contact")
    fewest: Annotated[int, Field(ge=1)] = Field(50, description="shares of fewer than this say nothing")


class EngineSection(Section):
    """What matching may use of the machine, or of Spark."""

    memory_limit: Annotated[str, Field(pattern=_MEMORY)] | None = Field(
        None,
        description="memory of the engine's joins: 2GB, 500MB or 80%; default: a quarter of what this "
        "process may use, 4 GB at most",
    )
    threads: Annotated[int, Field(ge=1)] | None = Field(
        None, description="threads of the engine; default: one a core"
    )
    kind: Literal["local", "spark"] = Field(
        "local", description="what matches in a night: this machine, or Spark"
    )
    work_folder: str | None = Field(
        None, description="where Spark keeps intermediate rows; all workers must reach it"
    )
    master: str | None = Field(
        None, description="Spark's master, as spark://HOST:7077; default: as Spark is configured"
    )
    broadcast_limit_mb: Annotated[int, Field(ge=0)] = Field(
        2048,
        description="megabytes of term frequencies that Spark sends to every node (16 bytes each, 0.4 a "
        "contact); larger ones are joined to contacts",
    )
    wait_for_workers: Annotated[int, Field(ge=1)] = Field(
        600, description="seconds that a run on Spark waits while no worker is there"
    )
    spark: dict[str, str] = Field(
        default_factory=dict, description='settings of Spark by name, as { "spark.executor.memory" = "8g" }'
    )


class WatchSection(Section):
    """`dedupe watch`: sources that can be asked what changed since, between nights."""

    every: Annotated[int, Field(ge=10)] = Field(300, description="seconds between two looks at a source")


class ServeSection(Section):
    """The pages and the HTTP API."""

    host: str = Field("127.0.0.1", description="address to listen on; any but loopback requires API tokens")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8765, description="port to listen on")
    allowed_hosts: list[str] = Field(
        default_factory=list, description="further names that a request's Host header may hold"
    )
    lookups_a_minute: Annotated[int, Field(ge=0)] = Field(
        30_000, description="lookups of a token in a minute, each of many counted; 0: no limit"
    )
    failures_a_minute: Annotated[int, Field(ge=0)] = Field(
        20, description="wrong tokens from one address in a minute; 0: no limit"
    )

"""Webhooks of the configuration: every mistake at once, and no secret in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedupe import config
from dedupe.deliveries.subscription import KINDS, EventSubscription
from dedupe.errors import ConfigurationError, NotFound
from dedupe.storage.event_cursors import event_cursor
from dedupe.wiring.subscriptions import subscription, subscriptions

SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`[[webhooks]]` tables, each by its keys → the subscriptions."""
    monkeypatch.setenv("NEW_SECRET", f"whsec_{SECRET}")
    monkeypatch.setenv("BAD_SECRET", "hush-hush")
    (tmp_path / "old").write_text(SECRET[::-1] + "\n")

    def made(*tables: str) -> list[EventSubscription]:
        file = tmp_path / "config.toml"
        text = "".join(f"[[webhooks]]\n{table}\n" for table in tables)
        file.write_text(text.replace("DIR", str(tmp_path)))
        return subscriptions(config.load(file))

    return made


def mistakes(written, *tables: str) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        written(*tables)
    assert "hush" not in str(refused.value)
    return refused.value.mistakes


WHOLE = 'name = "crm"\nurl = "https://crm.example/hook?key=1"\nsecrets_env = ["NEW_SECRET"]\n'


def test_a_webhook_is_told_all_kinds_and_no_values_from_now_on(written) -> None:
    [one] = written(WHOLE)
    assert (one.kinds, one.sources, one.include_values, one.starts_after) == (KINDS, frozenset(), False, None)
    assert (one.give_up_after, one.target.timeout) == (72 * 3600, 10)
    assert not one.target.allow_private_addresses


def test_every_secret_of_variables_and_files_signs(written) -> None:
    [one] = written(WHOLE + 'secrets_file = ["DIR/old"]')
    assert len(set(one.target.secrets)) == 2


@pytest.mark.parametrize(("given", "position"), [("start", 0), (event_cursor(42), 42)])
def test_it_may_begin_elsewhere(written, given: str, position: int) -> None:
    [one] = written(WHOLE + f'from_position = "{given}"')
    assert one.starts_after == position


def test_every_mistake_of_every_webhook_is_told_at_once(written) -> None:
    found = mistakes(
        written,
        'name = "one"\nurl = "https://x.example"\nsecrets_env = ["NOT_SET", "BAD_SECRET"]',
        'name = "two"\nurl = "https://x.example"\nsecrets_file = ["DIR/none"]\nfrom_position = "yesterday"',
    )
    assert len(found) == 4
    assert any("webhooks.one.secrets_env: $NOT_SET is not set" in line for line in found)
    assert any("webhooks.one.the secret in BAD_SECRET is not base64" in line for line in found)
    assert any("webhooks.two.secrets_file" in line for line in found)
    assert any("webhooks.two.from_position" in line for line in found)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://crm.example/", "https"),
        ("ftp://crm.example/", "https"),
        ("crm.example", "no address"),
        ("https://", "no address"),
        ("https://x:99999/", "no address"),
        ("https://me:hush@crm.example/", "user name"),
        ("https://crm.example/a b", "no address"),
        ("https://bücher.example/", "no address"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused(written, url: str, why: str) -> None:
    table = WHOLE.replace("https://crm.example/hook?key=1", url)
    assert [why in line for line in mistakes(written, table)] == [True]


def test_without_tls_only_to_private_addresses(written) -> None:
    table = WHOLE.replace("https", "http") + "allow_private_addresses = true"
    assert written(table)[0].target.url.startswith("http://")


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('name = "a"\nurl = "https://x.example"', "secrets_env or secrets_file"),
        (WHOLE + "kinds = []", "no kind"),
        (WHOLE + 'kinds = ["eaten"]', "made"),
        (WHOLE.replace('"crm"', '"C R M"'), "lower-case"),
    ],
)
def test_what_makes_no_sense_is_refused(written, table: str, why: str) -> None:
    assert any(why in line for line in mistakes(written, table))


def test_a_name_is_used_once(written) -> None:
    assert "named twice: crm" in mistakes(written, WHOLE, WHOLE)[0]


def test_a_source_that_is_not_configured_is_a_mistake(written) -> None:
    told = WHOLE + 'sources = ["desk", "shop"]\n[sources.desk]\nprovider = "file"'
    assert mistakes(written, told)[0].endswith("webhooks.crm.sources: there is no such source: shop")


def test_a_webhook_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        subscription(config.Settings(), "nobody")

"""Secrets of sources come from where the configuration says, and only from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedupe import config
from dedupe.errors import ConfigurationError
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.wiring.rooms import source_settings

OPTIONS = 'url = "https://api.example.org/people"'


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A source with these keys and options → its settings."""
    (tmp_path / "tenant").write_text("tenant-of-a-file\n")
    (tmp_path / "empty").write_text("\n")
    for name in ("KEY", "SECRET", "TOKEN", "APP"):
        monkeypatch.setenv(f"ACME_{name}", f"the-{name.lower()}")

    def made(keys: str, options: str) -> SourceSettings:
        file = tmp_path / "config.toml"
        text = f'[sources.acme]\nprovider = "acme"\n{keys}\n[sources.acme.options]\n{OPTIONS}\n{options}\n'
        file.write_text(text.replace("DIR", str(tmp_path)) + '[sources.acme.map]\nemail = "email"\n')
        [own] = source_settings(config.load(Path(file)))
        return own

    return made


@pytest.mark.parametrize(
    ("keys", "options", "secrets"),
    [
        ('token_env = "ACME_TOKEN"', "", {"token": "the-token"}),
        ('key_env = "ACME_KEY"', 'auth = "basic"', {"key": "the-key"}),
        (
            'key_env = "ACME_KEY"\nsecret_file = "DIR/tenant"',
            'auth = "oauth"\noauth = { token_url = "https://login.example.org/t" }',
            {"key": "the-key", "secret": "tenant-of-a-file"},
        ),
        (
            'secret_env = "ACME_SECRET"',
            'auth = "oauth"\noauth = { token_url = "https://login.example.org/t", client_id = "c" }',
            {"secret": "the-secret"},
        ),
        (
            "",
            'auth = "none"\n'
            'params = { app = { env = "ACME_APP" } }\nheaders = { X = { file = "DIR/tenant" } }',
            {"params.app": "the-app", "headers.X": "tenant-of-a-file"},
        ),
    ],
)
def test_a_declared_source_gets_the_secrets_that_its_credentials_need(written, keys, options, secrets):
    own = written(keys, options)
    assert own.secrets == secrets
    assert not any(value in repr(own) for value in secrets.values())


def test_they_go_where_the_declaration_says(written):
    own = written('token_env = "ACME_TOKEN"', 'auth = "query:key"\nparams = { app = { env = "ACME_APP" } }')
    assert fetcher_for(own).connection().secret_params == {"app": "the-app", "key": "the-token"}


@pytest.mark.parametrize(
    ("keys", "options", "said"),
    [
        ("", "", "sources.acme: give token_env"),
        ("", 'auth = "oauth"\noauth = { token_url = "https://l.example.org/t" }', "give secret_env"),
        ('token_env = "ACME_NONE"', "", "sources.acme.token_env: $ACME_NONE is not set"),
        ('token_file = "DIR/empty"', "", "sources.acme.token_file"),
        ('token_file = "DIR/none"', "", "No such file"),
        ('token_env = "ACME_TOKEN"', 'params = { app = { env = "NONE" } }', "options.params.app: $NONE is"),
        ('token_env = "ACME_TOKEN"', 'headers = { X = { file = "DIR/none" } }', "options.headers.X"),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_key(written, keys, options, said):
    with pytest.raises(ConfigurationError) as error:
        written(keys, options)
    assert said in str(error.value)

"""Secrets of sources come from where the configuration says, and only from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedupe import config
from dedupe.errors import ConfigurationError
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.wiring.databases import database_as_it_is
from dedupe.wiring.rooms import erasure_key, source_settings

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


SECTIONS = [
    *(getattr(config, name) for name in config.__all__ if name.endswith("Section")),
]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_whatever_may_come_from_a_variable_may_come_from_a_file(section) -> None:
    named = {key.removesuffix("_env") for key in section.model_fields if key.endswith("_env")}
    assert {f"{name}_file" for name in named} <= section.model_fields.keys()


def test_the_key_of_erasures_and_the_database_s_url_come_from_files(tmp_path, database_url) -> None:
    (tmp_path / "url").write_text(f"{database_url}\n")
    (tmp_path / "key").write_text("a long random text\n")
    file = tmp_path / "config.toml"
    file.write_text(
        f'[database]\nurl_file = "{tmp_path}/url"\n[privacy]\nerasure_key_file = "{tmp_path}/key"\n'
    )
    settings = config.load(file)
    assert erasure_key(settings) == b"a long random text"
    with database_as_it_is(settings) as database, database.begin():
        pass
    (tmp_path / "key").unlink()
    with pytest.raises(ConfigurationError, match=r"privacy\.erasure_key_file: .*No such file"):
        erasure_key(settings)


def test_the_doctor_shows_no_secret(tmp_path, database_url) -> None:
    """Of a source, a webhook, the erasures' key and the database, as a person runs it."""
    hush = {name: f"hush-{name}-0123456789abcdef01234567" for name in ("TOKEN", "HOOK", "OUT", "KEY")}
    hush["OUT"] = "aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2g="
    (tmp_path / "config.toml").write_text(
        '[database]\nurl_env = "DB"\n[privacy]\nerasure_key_env = "KEY"\n'
        '[sources.texts]\nprovider = "whippy"\ntoken_env = "TOKEN"\ntimeout = 1\n'
        'base_url = "http://127.0.0.1:9"\n'
        '[sources.texts.webhook]\nsecret_env = "HOOK"\n'
        '[[webhooks]]\nname = "crm"\nurl = "http://127.0.0.1:9/"\nsecrets_env = ["OUT"]\n'
        "allow_private_addresses = true\n"
    )
    address = f"{database_url}{'&' if '?' in database_url else '?'}sslpassword=hush-database"
    ran = subprocess.run(
        [sys.executable, "-m", "dedupe", "-vv", "doctor"],
        cwd=tmp_path,
        env={**os.environ, **hush, "DB": address},
        capture_output=True,
        text=True,
        check=False,
    )
    said = ran.stdout + ran.stderr
    assert "it answers at" in said
    assert "texts (whippy)" in said
    assert [name for name, value in {**hush, "DB": "hush-database"}.items() if value in said] == []

"""The configuration: every mistake at once, file and key named, and never a secret in the message."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from dedupe import config
from dedupe.errors import ConfigurationError


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def mistakes(file: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config.load(file)
    return caught.value.mistakes


def test_nothing_configured_means_the_embedded_postgres_and_no_sources(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.load()
    assert settings.database.url is None
    assert settings.sources == {}


def test_every_mistake_is_reported_at_once_with_file_and_key(written) -> None:
    file = written("""
        [database]
        ulr = "postgresql://x/y"
        [sources.desk]
        rate = -1
        [gate]
        max_cluster = "many"
    """)
    found = mistakes(file)
    assert len(found) == 4
    assert all(line.startswith(str(file)) for line in found)
    assert any("database.ulr: there is no such key" in line for line in found)
    assert any("sources.desk.provider: is missing" in line for line in found)
    assert any("sources.desk.rate" in line for line in found)
    assert any("gate.max_cluster" in line for line in found)


def test_a_secret_written_into_the_file_is_refused_without_being_repeated(written) -> None:
    found = mistakes(written('[sources.w]\nprovider = "whippy"\ntoken = "hush-hush"'))
    assert "hush-hush" not in "".join(found)
    assert "sources.w.token" in found[0]


def test_a_password_in_the_url_is_refused(written) -> None:
    assert "url_env" in mistakes(written('[database]\nurl = "postgresql://me:pw@db/x"'))[0]


def test_broken_toml_names_the_line(written) -> None:
    assert "line 2" in mistakes(written("[database]\nurl = = 3\n"))[0]


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    assert "no such file" in mistakes(tmp_path / "nowhere.toml")[0]


def test_the_environment_overrides_the_file(written, monkeypatch) -> None:
    monkeypatch.setenv("DEDUPE_SERVE__PORT", "9999")
    assert config.load(written("[serve]\nport = 1234\n")).serve.port == 9999


def test_thresholds_out_of_order_are_refused(written) -> None:
    found = mistakes(written("[match]\nlink_probability = 0.5\nreview_probability = 0.9\n"))
    assert "review_probability" in found[0]


def test_an_unset_variable_is_named(written, monkeypatch) -> None:
    monkeypatch.delenv("W_KEY", raising=False)
    settings = config.load(written('[sources.w]\nprovider = "whippy"\ntoken_env = "W_KEY"'))
    assert config.secret("w", settings.sources["w"], "token") == (
        None,
        "sources.w.token_env: $W_KEY is not set",
    )


def test_a_secret_can_come_from_a_file(written, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    settings = config.load(written(f'[sources.w]\nprovider = "whippy"\ntoken_file = "{tmp_path / "key"}"'))
    assert config.secret("w", settings.sources["w"], "token") == ("s3cret", None)


def test_the_example_shows_every_key_and_is_valid() -> None:
    example = Path(__file__).parent.parent / "config.example.toml"
    config.load(example)
    text = example.read_text(encoding="utf-8")
    lines = [
        line.removeprefix("# ") for line in text.splitlines() if not line.startswith("# ") or "=" in line
    ]
    keys = {line.split("=")[0].strip() for line in lines if "=" in line}
    sections: list[type[BaseModel]] = [
        config.DatabaseSection,
        config.NormalizeSection,
        config.MatchSection,
        config.GoldenSection,
        config.GateSection,
        config.EngineSection,
        config.ServeSection,
    ]
    missing = {f"{s.__name__}.{k}" for s in sections for k in s.model_fields if k not in keys}
    assert missing == set()


def test_a_variable_named_like_a_whole_section_is_refused_without_being_repeated(monkeypatch) -> None:
    monkeypatch.setenv("DEDUPE_DATABASE", "postgresql://me:hush-hush@db/x")
    with pytest.raises(ConfigurationError) as caught:
        config.load()
    assert "database" in str(caught.value)
    assert "hush-hush" not in str(caught.value)

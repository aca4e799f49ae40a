"""What the pages of the providers tell people to write into the configuration is valid."""

import re
import tomllib
from pathlib import Path

import pytest

from dedupe.config import Settings
from dedupe.fetchers.registry import FILE, fetcher_for
from dedupe.fetchers.settings import SourceSettings

DOCS = Path(__file__).parents[3] / "docs"
PAGES = sorted(path for path in (DOCS / "providers").glob("*.md") if path.stem != "README")


@pytest.mark.parametrize("page", [*PAGES, DOCS / "adding-a-provider.md"], ids=lambda page: page.stem)
def test_the_configuration_on_a_page_is_valid(page):
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert blocks
    for block in blocks:
        written = re.sub(r"(?m)^# (options = )", r"\1", block)  # options that are shown commented out
        values = tomllib.loads(written)
        for source in values["sources"].values():
            source.setdefault("provider", "digital99")
        for name, section in Settings(**values).sources.items():
            if section.provider != FILE:
                own = SourceSettings(name, section.provider, options=section.options, mapping=section.map)
                assert fetcher_for(own).settings.name == name


def test_the_declared_source_of_the_example_configuration_is_valid():
    text = (DOCS.parent / "config.example.toml").read_text(encoding="utf-8")
    section = re.search(r"(?ms)^# \[sources\.shop\].*?\n\n", text)
    assert section is not None
    source = tomllib.loads(re.sub(r"(?m)^# ", "", section[0]))["sources"]["shop"]
    own = SourceSettings("shop", source["provider"], options=source["options"], mapping=source["map"])
    assert fetcher_for(own).settings.name == "shop"


@pytest.mark.parametrize(
    ("auth", "secrets", "header", "value"),
    [
        ("bearer", {"token": "t"}, "Authorization", "Bearer t"),
        ("raw", {"token": "t"}, "Authorization", "t"),
        ("header:X-Key", {"token": "t"}, "X-Key", "t"),
        ("basic", {"token": "key:secret"}, "Authorization", "Basic a2V5OnNlY3JldA=="),
        ("basic", {"key": "key", "secret": "secret"}, "Authorization", "Basic a2V5OnNlY3JldA=="),
    ],
)
def test_a_declared_provider_is_shown_its_credentials(auth, secrets, header, value):
    options = {"url": "https://acme.example/people", "auth": auth}
    own = SourceSettings("acme", "acme", secrets=secrets, options=options, mapping={"email": "mail"})
    assert fetcher_for(own).connection().headers[header] == value

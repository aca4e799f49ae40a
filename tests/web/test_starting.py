"""The web server, made from the configuration."""

import threading

import httpx
import pytest

from dedupe.config import ServeSection, Settings
from dedupe.errors import ConfigurationError, UsageError
from dedupe.storage.database import Database
from dedupe.web import starting
from dedupe.web.app import create_app
from dedupe.web.serving import serving


def test_loopback_needs_no_token_and_any_other_address_does(database: Database) -> None:
    local = starting.services(Settings(serve=ServeSection(port=0)), database, "Ada")
    assert not local.tokens_required
    section = ServeSection(host="0.0.0.0", port=0, allowed_hosts=["dedupe.lan"])
    open_to_all = starting.services(Settings(serve=section), database, "Ada")
    assert open_to_all.tokens_required
    assert open_to_all.hosts == {"dedupe.lan"}
    with pytest.raises(ConfigurationError):
        starting.services(Settings(serve=ServeSection(host="0.0.0.0")), database, "Ada")


def test_what_is_configured_serves(database: Database) -> None:
    services = starting.services(Settings(serve=ServeSection(port=0)), database, "Ada")
    with serving(create_app(services)) as address:
        page = httpx.get(f"{address}/")
    assert page.status_code == 200
    assert "Ada" in page.text


def test_an_address_that_is_taken_is_said() -> None:
    listener, address = starting.listen(Settings(serve=ServeSection(port=0)))
    with listener:
        port = int(address.rpartition(":")[2])
        with pytest.raises(UsageError, match=str(port)):
            starting.listen(Settings(serve=ServeSection(port=port)))


def test_nothing_is_left_running_when_serving_ends(database: Database) -> None:
    services = starting.services(Settings(serve=ServeSection(port=0)), database, "Ada")
    with serving(create_app(services)):
        assert "web" in {thread.name for thread in threading.enumerate()}
    assert "web" not in {thread.name for thread in threading.enumerate()}

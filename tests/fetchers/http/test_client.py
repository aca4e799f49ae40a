import gzip
import logging
import socket
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import httpx
import pytest

from dedupe.errors import ConfigurationError, ContractChanged, CredentialsRefused, SourceUnavailable
from dedupe.fetchers.fetcher import listing
from dedupe.fetchers.http.client import Api, Limits, RequestRefused, RetryPolicy, Stopped
from dedupe.fetchers.http.proxies import proxy_of
from dedupe.fetchers.http.rate_limit import RateLimiter
from dedupe.fetchers.http.responses import next_minute, retry_after
from tests.fetchers.http import certificates
from tests.fetchers.scripted_provider import Answer, Provider, provider

QUICK = Limits(rate=1000, timeout=2, attempts=3, backoff=0.01)
SECRET = "t0ken-of-the-source"

packed = partial(gzip.compress, mtime=0)  # the same bytes whenever the tests are collected


class Asking:
    """Answers of a scripted provider → what an Api makes of them."""

    said: Provider
    api: Api

    def __call__(self, *answers, limits=QUICK, habits=None, base="", path="/v1/contacts", params=None):
        with provider(*answers) as self.said:
            self.api = Api("crm", self.said.url + base, {"X-Key": SECRET}, limits, habits)
            with self.api:
                return self.api.get(path, params)


@pytest.fixture
def ask() -> Asking:
    return Asking()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_by_is_tried_again(ask, status):
    assert ask(Answer("oops", status), Answer('{"a": 1}')).body == {"a": 1}
    assert (ask.api.counts.requests, ask.api.counts.retries) == (2, 1)


@pytest.mark.parametrize("body", [b'{"a": [1, 2', b"<html>one moment</html>", b"\xff\xfe", b""])
def test_a_body_that_is_no_json_is_tried_again_and_then_a_broken_contract(ask, body):
    assert ask(Answer(body), Answer("[]")).body == []
    with pytest.raises(ContractChanged, match="not JSON"):
        ask(Answer(body))


def test_retries_are_used_up(ask):
    with pytest.raises(SourceUnavailable, match="crm: status 503"):
        ask(Answer("", 503))
    assert len(ask.said.requests) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_not_tried_again(ask, status):
    with pytest.raises(CredentialsRefused, match=str(status)):
        ask(Answer("{}", status))
    assert len(ask.said.requests) == 1


def test_a_refused_request_says_its_code_and_no_sentence(ask):
    body = '{"error": {"code": "parameter_unknown", "message": "no such contact: jo@example.org"}}'
    with pytest.raises(RequestRefused) as refused:
        ask(Answer(body, 400))
    assert (refused.value.status, refused.value.code) == (400, "parameter_unknown")
    assert "example.org" not in str(refused.value)


def test_a_refusal_that_the_provider_calls_transient_is_tried_again(ask):
    habits = RetryPolicy(transient=lambda response: "too long" in response.text)
    assert ask(Answer("took too long", 422), Answer("[]"), habits=habits).body == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_never_followed(ask, status):
    with provider(Answer("[]")) as other:
        with pytest.raises(ContractChanged, match="redirect"):
            ask(Answer("", status, {"Location": other.url}))
        assert other.requests == []


def test_httpx_lets_its_streams_be_replaced():
    """Its own, private way. Without it a late request has its connections closed, and others' with them."""
    assert hasattr(httpx.HTTPTransport()._pool, "_network_backend")


@pytest.mark.parametrize("streams", ["_network_backend", "one that has gone"])
@pytest.mark.parametrize("drip", ["head", "body"])
def test_a_server_that_drips_is_not_waited_for(ask, monkeypatch, streams, drip):
    monkeypatch.setattr("dedupe.fetchers.http.deadline._STREAMS", streams)
    limits = Limits(rate=1000, timeout=0.3, attempts=1)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"no whole answer within 0\.3 s"):
        ask(Answer(f"[{' ' * 200}]", drip=0.02, head_at_once=drip == "body"), limits=limits)
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there_is_unavailable():
    with (
        Api("crm", "http://127.0.0.1:9", {}, QUICK) as api,
        pytest.raises(SourceUnavailable, match="reached"),
    ):
        api.get("/")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("", "can't be reached"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,", "broke off before its end"),
    ],
)
def test_an_answer_that_breaks_off_is_told_apart_from_none(body, what):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_each, args=(server, body.encode(), 2))
        thread.start()
        limits = Limits(rate=1000, timeout=2, attempts=2, backoff=0.01)
        api = Api("crm", f"http://127.0.0.1:{server.getsockname()[1]}", {}, limits)
        with api, pytest.raises(SourceUnavailable, match=what):
            api.get("/v1/contacts")
        thread.join()


def answer_each(server: socket.socket, body: bytes, times: int) -> None:
    for _ in range(times):
        connection, _address = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(body)


def test_an_answer_over_the_cap_is_an_error(ask):
    limits = Limits(rate=1000, largest_reply=1000)
    with pytest.raises(ContractChanged, match="over 1000 bytes"):
        ask(Answer('"' + "x" * 2000 + '"'), limits=limits)


def compressed(times: int, size: int) -> bytes:
    body = b'"' + b"x" * size + b'"'
    for _ in range(times):
        body = packed(body)
    return body


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_body_that_unpacks_into_much_is_refused_before_it_is_in_memory(ask, times):
    limits, bomb = Limits(rate=1000, largest_reply=200_000), compressed(times, 50_000_000)
    encodings = {"Content-Encoding": ", ".join(["gzip"] * times)}
    tracemalloc.start()
    try:
        with pytest.raises(ContractChanged, match="over 200000 bytes"):
            ask(Answer(bomb, headers=encodings), limits=limits)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", packed(b"[1]")),
        ("GZIP", packed(b"[1") + packed(b"]")),
        ("x-gzip", packed(b"[1]") + b"\0" * 9),
        ("gzip, gzip", packed(packed(b"[1]"))),
        ("deflate", zlib.compress(b"[1]")),
        ("deflate", zlib.compress(b"[1]", wbits=-15)),
        ("identity", b"[1]"),
        ("utf-8", b"[1]"),
        ("deflate, gzip", packed(zlib.compress(b"[1]"))),
    ],
)
def test_a_body_is_unpacked_however_it_is_packed(ask, encoding, body):
    assert ask(Answer(body, headers={"Content-Encoding": encoding})).body == [1]


@pytest.mark.parametrize("body", [packed(b"[1]" * 100)[:-9], b"no gzip", b"\x1f\x8b\x08"])
def test_a_packed_body_that_is_damaged_is_tried_again(ask, body):
    packed = {"Content-Encoding": "gzip"}
    assert ask(Answer(body, headers=packed), Answer("[1]")).body == [1]
    with pytest.raises(SourceUnavailable, match="could not be read whole"):
        ask(Answer(body, headers=packed))


def test_only_what_can_be_unpacked_piece_by_piece_is_asked_for(ask):
    ask(Answer("[]"))
    assert ask.said.requests[0][1]["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("params", [None, [], {}, {"page": 2}, [("page", 2)]])
def test_the_query_of_a_path_is_sent_with_every_request(ask, params):
    ask(Answer("[]"), path="/v1/contacts?tenant=7&empty=#part", params=params)
    assert ask.said.requests[0][0] == "/v1/contacts?tenant=7&empty=" + ("&page=2" if params else "")


def test_retry_after_is_honoured(ask):
    began = time.monotonic()
    assert ask(Answer("", 429, {"Retry-After": "0.2"}), Answer("[]")).body == []
    assert time.monotonic() - began >= 0.2
    assert ask.api.counts.throttled_seconds >= 0.2


def test_a_wait_beyond_all_patience_is_unavailable(ask):
    with pytest.raises(SourceUnavailable, match="asks to wait 86400 s"):
        ask(Answer("", 429, {"Retry-After": "86400"}))


def test_retry_after_as_a_date_goes_by_the_server_s_clock():
    now = datetime.now(UTC) + timedelta(hours=5)
    headers = {
        "Date": format_datetime(now, True),
        "Retry-After": format_datetime(now + timedelta(seconds=9), True),
    }
    assert retry_after(httpx.Headers(headers)) == 9
    assert retry_after(httpx.Headers({"Retry-After": "soon"})) is None
    assert retry_after(httpx.Headers({"Retry-After": "-5"})) == 0
    assert retry_after(httpx.Headers({"Retry-After": "nan"})) is None


def test_the_next_minute_is_never_more_than_one_away():
    assert 0 < next_minute(httpx.Response(429)) <= 60


def test_retries_have_a_budget_for_the_whole_run(ask):
    ask(Answer("[]"))
    ask.api.counts.retries = 10_000
    assert not ask.api._may_retry()


def test_the_pace_counts_every_request_and_a_throttled_source_pauses_as_a_whole():
    pace = RateLimiter(rate=100)
    waits = [pace.slot() for _ in range(20)]
    assert 0.15 < waits[-1] <= 0.2
    pace.pause(5)
    assert pace.slot() > 4.9


def test_a_stop_ends_a_wait_at_once():
    stop = threading.Event()
    with (
        provider(Answer("", 429, {"Retry-After": "60"})) as said,
        Api("crm", said.url, {}, QUICK, stop=stop) as api,
    ):
        threading.Timer(0.1, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            api.get("/")
        assert time.monotonic() - began < 5


def test_a_base_url_may_have_a_path_and_a_slash(ask):
    ask(Answer("[]"), base="/proxy/crm/", path="/v1/contacts", params={"page": 2})
    assert ask.said.requests[0][0] == "/proxy/crm/v1/contacts?page=2"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/x?cursor=1",
        "//evil.example/x",
        "http://crm.example/x",
        "http://crm.example:8080/x",
        "file:///etc",
        "http://[::1",
        "https://crm.example:port/x",
    ],
)
def test_links_to_another_host_port_or_scheme_are_refused(link):
    with (
        Api("crm", "https://crm.example/api/", {}) as api,
        pytest.raises(ContractChanged, match="another host"),
    ):
        api.linked(link)


@pytest.mark.parametrize(
    "link", ["/v1/c?cursor=a%2Bb", "?cursor=a%2Bb", "https://crm.example/v1/c?cursor=a%2Bb"]
)
def test_links_to_the_same_host_give_their_query(link):
    with Api("crm", "https://crm.example/api", {}) as api:
        assert api.linked(link) == [("cursor", "a+b")]


def test_numbers_that_json_can_not_hold_stay_text(ask):
    assert ask(Answer("[1e999, NaN, 1.5]")).body == ["1e999", "NaN", 1.5]


def test_endless_nesting_is_no_json(ask):
    with pytest.raises(ContractChanged):
        ask(Answer("[" * 200_000))


def test_no_secret_and_no_value_is_logged(ask, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RequestRefused) as refused:
        ask(Answer("{}", 404), params={"q": "jo@example.org"})
    said = caplog.text + str(refused.value)
    assert SECRET not in said
    assert "jo@example.org" not in said


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """A provider over TLS, whose certificate the client has been told to trust by $SSL_CERT_FILE, or not."""

    def made(certificate: str, *, trusted: bool = True):
        (tmp_path / "key.pem").write_text(certificates.KEY)
        (tmp_path / "certificate.pem").write_text(certificate)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        return provider(Answer("[]"), certificate=(tmp_path / "certificate.pem", tmp_path / "key.pem"))

    return made


def test_an_authority_of_one_s_own_is_trusted_by_the_usual_variable(tls):
    with tls(certificates.VALID) as said, Api("crm", said.url, {}, QUICK) as api:
        assert api.get("/").body == []


@pytest.mark.parametrize(
    ("certificate", "trusted", "what"),
    [
        (certificates.EXPIRED, True, "certificate has expired"),
        (certificates.VALID, False, "self-signed certificate"),
    ],
)
def test_a_certificate_that_is_not_valid_is_said_and_not_tried_again(tls, certificate, trusted, what):
    with (
        tls(certificate, trusted=trusted) as said,
        Api("crm", said.url, {"X-Key": SECRET}, QUICK) as api,
    ):
        with pytest.raises(SourceUnavailable, match=rf"TLS certificate is not valid \({what}\)"):
            api.get("/")
        assert api.counts.requests == 1
        assert said.requests == []


def test_a_page_of_another_shape_is_tried_again_and_then_a_broken_contract(ask):
    wrong, right = Answer('["contacts", "are", "not", "here"]'), Answer('{"data": []}')
    expect = listing("crm", "data")
    with provider(wrong, right) as said, Api("crm", said.url, {}, QUICK) as api:
        assert api.get("/", expect=expect).body == {"data": []}
        assert api.counts.retries == 1
    with (
        provider(wrong) as said,
        Api("crm", said.url, {}, QUICK) as api,
        pytest.raises(ContractChanged, match="no list under 'data'"),
    ):
        api.get("/", expect=expect)
    assert len(said.requests) == QUICK.attempts


def test_a_provider_is_asked_through_the_proxy_of_the_environment(monkeypatch):
    with provider(Answer("[1]")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with Api("crm", "http://crm.example/api", {}, QUICK) as api:
            assert api.get("/v1/contacts").body == [1]
        assert proxy.requests[0][0] == "http://crm.example/api/v1/contacts"


def test_this_machine_and_what_no_proxy_names_is_asked_directly(ask, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "crm.example")
    assert ask(Answer("[2]")).body == [2]
    assert proxy_of("http://crm.example/api") is None
    assert proxy_of("http://other.example") == "http://127.0.0.1:9"


def test_a_proxy_that_speaks_no_http_is_a_mistake(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="proxy"):
        proxy_of("https://crm.example")


@pytest.mark.parametrize("secret", ["Bearer ", "Bearer t0ken\n", "a\nX-Other: 1"])
def test_a_secret_that_fits_into_no_header_is_said(ask, secret):
    with (
        provider(Answer("[]")) as said,
        Api("crm", said.url, {"Authorization": secret}, QUICK) as api,
        pytest.raises(CredentialsRefused, match="into no header"),
    ):
        api.get("/")
    assert said.requests == []

"""What JSON allows, for `prepare` and `read`: a contact may be set aside, a source never fails.

Each payload is written as JSON text, as it would come, with what Python's own writer never writes: repeated
keys, numbers of thousands of digits, any escapes, values within values without end.
"""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.fetchers import limits
from dedupe.fetchers.given import given_batch, text_of, time_of
from dedupe.fetchers.http.raw_json import parse_json, parse_stored
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, prepare
from dedupe.fetchers.providers import chatwoot_channels
from dedupe.fetchers.providers.whippy import birth
from dedupe.fetchers.registry import PROVIDERS, fetcher_for
from dedupe.fetchers.schema_drift import Profile, drift, news
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from tests.fetchers.providers.test_reading import EXAMPLES

FETCHERS = {name: fetcher_for(SourceSettings("crm", name)) for name in PROVIDERS if name != "file"}
DECLARED = SourceSettings(
    "crm",
    "acme",
    options={
        "url": "https://api.example.org/people",
        "id": "id || uid",
        "updated_at": "max_by(times, &at).at",
    },
    mapping={
        "email": "emails[].email",
        "kind": "type",
        "blocked": "to_string(@)",
        "given_name": "floor(first)",
    },
)
FETCHERS["declared"] = fetcher_for(DECLARED)
KEYS = sorted({key for payload in EXAMPLES.values() for key in payload} | {"emails", "social_profiles"})
SOURCE_IDS = [
    "whatsapp:+4915112345678",
    "7ann@example.org",
    "US.AbC1",
    "U" + "0a" * 16,
    "-100200300",
    "²³" * 8,
]


def _digits(draw_sign: str, length: int) -> str:
    return draw_sign + "9" * length


numbers = st.builds(_digits, st.sampled_from(["", "-"]), st.sampled_from([1, 18, 60, 310, 4300, 9000])) | (
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "1e999", "-0.0", "1E-400", "253402300800", "-62135596801"]
    )
)
texts = (
    st.text(max_size=12)
    | st.sampled_from(
        [*SOURCE_IDS, "²", "٢", "1_0", "0001-01-01", "9999-12-31T23:59:59-14:00", "\0", "\ud800"]
    )
    | st.sampled_from(["Channel::Email", "Channel::Whatsapp", "Channel::Telegram", "user", "x" * 5000])
)
deep = st.builds(
    lambda levels, kind: kind[0] * levels + kind[1] + kind[2] * levels,
    st.sampled_from([40, 63, 64, 65, 500, 20_000]),
    st.sampled_from([("[", "", "]"), ('{"a":', "1", "}"), ('[{"id":', "[]", "}]")]),
)


def as_object(members) -> str:
    return "{" + ",".join(members) + "}"


written = st.recursive(
    numbers | deep | st.sampled_from(["true", "false", "null"]) | texts.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(KEYS) | texts, inner), max_size=5).map(
            lambda items: as_object(json.dumps(key) + ":" + value for key, value in items)
        )
    ),
    max_leaves=12,
)


@st.composite
def contacts(draw) -> str:
    """The JSON of a contact: any at all, or one of a provider's page of which parts are replaced."""
    payload = EXAMPLES[draw(st.sampled_from(sorted(EXAMPLES)))]
    if draw(st.integers(0, 4)) == 0:
        return str(draw(written))
    parts = {json.dumps(key): json.dumps(value) for key, value in payload.items()}
    for key in draw(st.lists(st.sampled_from(sorted(parts)), max_size=4)):
        parts[key] = draw(written)
    return as_object(f"{key}:{value}" for key, value in parts.items())


def taken(fetcher, text: str) -> bool:
    """A contact's whole way up to storage and out of it; False: it was set aside with a reason of ours."""
    [payload] = parse_json(f"[{text}]".encode("utf-8", "surrogatepass"))
    fetcher.read(payload)  # total, whatever it is
    made = prepare(fetcher, payload)
    if isinstance(made, UnusablePayload):
        assert made.bug is None
        assert made.reason
        return False
    assert isinstance(made, PreparedPayload)
    json.loads(made.payload, parse_int=str, parse_constant=pytest.fail)
    given = given_batch([("crm", made.external_id, fetcher.read(parse_stored(made.payload)))]).table
    given.validate(full=True)
    assert normalize(given, NormalizeSettings()).num_rows == 1
    return True


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(FETCHERS)), contacts())
@example("whippy", '{"id": "1", "birth_date": {"day": "²", "month": "²", "year": "²"}}')
@example("whippy", '{"id": "1", "birth_date": {"day": "1", "month": "%s"}}' % ("1" * 5000))
@example("declared", '{"id": "1", "type": {}}')
@example("digital99", '{"id": "1", "name": %s}' % ("[" * 100_000 + "]" * 100_000))
def test_no_contact_fails_its_source(name, text):
    taken(FETCHERS[name], text)


@pytest.mark.long
@settings(deadline=None, max_examples=3000)
@given(st.sampled_from(sorted(FETCHERS)), contacts())
def test_no_contact_of_thousands_fails_its_source(name, text):
    taken(FETCHERS[name], text)


@pytest.mark.parametrize("name", sorted(FETCHERS))
@pytest.mark.parametrize("levels", [60, 500, 20_000])
def test_read_never_raises_however_deep(name, levels):
    """In Python itself, as a newer one than this would parse it."""
    value: object = "x"
    for _ in range(levels):
        value = [value]
    payload = dict.fromkeys(KEYS, value)
    FETCHERS[name].read(payload)
    made = prepare(FETCHERS[name], {**payload, "id": "7"})
    assert isinstance(made, PreparedPayload) is (levels < limits.DEEPEST)
    assert text_of(value) == "x"


def test_ten_megabytes_are_set_aside():
    made = prepare(FETCHERS["whippy"], {"id": "1", "name": "x" * 10_000_000})
    assert isinstance(made, UnusablePayload)
    assert (made.external_id, made.reason) == ("1", "it is larger than 4 MB")


def test_the_id_of_what_is_nested_too_deeply_is_known():
    [payload] = parse_json(('[{"id": "7", "more": %s}]' % ("[" * 100_000 + "]" * 100_000)).encode())
    made = prepare(FETCHERS["whippy"], payload)
    assert isinstance(made, UnusablePayload)
    assert made.external_id == "7"
    assert made.payload.startswith('{"id": "7", "more": [[[')


@pytest.mark.parametrize("length", [999, 1000, 1001, 10_000])
def test_ids_are_as_long_as_an_index_can_hold(length):
    fault = limits.fault_of_id("é" * (length // 2) + "x" * (length % 2))
    assert (fault is None) is (length <= limits.LONGEST_ID)


def test_an_id_that_can_not_be_stored_is_seen_as_its_hash():
    assert limits.seen_as("crm-7") == "crm-7"
    odd = {limits.seen_as(one) for one in ("a\0", "a\ud800", "x" * 2000, "y" * 2000)}
    assert len(odd) == 4
    assert all(limits.fault_of_id(one) is None for one in odd)


@given(st.text(max_size=30) | st.sampled_from(["²", "١", "1_0", " 1", "+1", "9" * 5000]))
def test_a_whole_number_is_ascii_digits_and_not_too_many(text):
    number = limits.whole_number(text)
    assert number is None or str(number) == (text.lstrip("0") or "0")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "9999-12-31", "1899-12-31T23:59:59Z", -(10**10), 7e10]
)
def test_a_moment_in_a_year_without_records_says_nothing(moment):
    assert time_of(moment) is None


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ({"day": "²", "month": 3, "year": 1980}, "1980"),
        ({"day": 7, "month": 3, "year": "²"}, "--03-07"),
        ({"day": "1" * 5000, "month": 3}, None),
        ({"year": "1" * 5000}, None),
    ],
)
def test_a_part_of_a_birth_date_that_is_no_number_is_left_out(date, told):
    assert birth(date) == told


# --- what contacts look like ---


def test_values_that_stand_where_names_of_fields_do_are_neither_kept_nor_told():
    rows = [{"id": n, f"jo{n}@example.org": 1, "more": {f"+4915112345{n:03}": 1}} for n in range(300)]
    profile = Profile()
    profile.add(rows)
    assert profile.content()["keys"].keys() == {"id", "more"}
    assert "example.org" not in str(news({"rows": 30, "keys": {}}, profile.content()))


def test_a_profile_does_not_grow_by_one_contact_of_many_keys():
    profile = Profile()
    profile.add([{"id": "1"}, {f"key{n}": n for n in range(100_000)}])
    content = profile.content()
    assert content["rows"] == 2
    assert 1 < len(content["keys"]) <= 2000
    assert len(news({"rows": 2, "keys": {}}, content)) < 30


def test_a_profile_does_not_grow_with_ever_new_keys():
    profile = Profile()
    for page in range(200):
        profile.add([{f"key{page}_{n}": 1 for n in range(40)}])
    assert len(profile.content()["keys"]) < 2100


@given(st.lists(written, max_size=4))
@settings(deadline=None, max_examples=25)
def test_any_payloads_as_written_have_a_profile(rows):
    profile = Profile()
    profile.add(parse_json(f"[{','.join(rows)}]".encode("utf-8", "surrogatepass")))
    json.dumps(profile.content())
    assert drift(profile.content(), profile.content()) == []


@given(
    st.lists(
        st.tuples(st.sampled_from([*sorted(chatwoot_channels.ACCOUNTS), "Channel::Email"]), texts),
        max_size=5,
    ),
    texts,
)
def test_any_source_ids_are_read(pairs, own):
    inboxes = chatwoot_channels.inboxes_of(
        {"contact_inboxes": [{"source_id": text, "inbox": {"channel_type": name}} for name, text in pairs]}
    )
    emails, phones = chatwoot_channels.carried(inboxes, own or None, own or None)
    assert [one["given"] for one in emails[:1]] == ([own] if own else [one["given"] for one in emails[:1]])
    chatwoot_channels.known_as(inboxes)
    chatwoot_channels.named_in({"social_profiles": dict(pairs), "social_x_user_id": own})
    assert extended({}, {"x": own}, {"kind": "@", "blocked": "@"})["kind"]
    assert len(phones) <= len(pairs) + 1

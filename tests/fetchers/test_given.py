from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.given import given_batch, given_table, time_of
from dedupe.schemas import GIVEN

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
contacts = st.dictionaries(st.sampled_from(GIVEN.names), json_values, max_size=8)


@given(st.lists(contacts, max_size=3))
def test_any_dict_becomes_a_row(made):
    table = given_table((("crm", str(number), contact) for number, contact in enumerate(made)))
    table.validate(full=True)
    assert table.schema == GIVEN
    assert table.num_rows == len(made)


def test_numbers_and_bare_values_count_as_text():
    row = given_table(
        [("crm", "1", {"names": "Ann", "phones": [4930123, 5.0], "postcode": 1234})]
    ).to_pylist()[0]
    assert [name["full"] for name in row["names"]] == ["Ann"]
    assert [phone["given"] for phone in row["phones"]] == ["4930123", "5"]
    assert row["postcode"] == "1234"


def test_nul_and_lone_surrogates_are_replaced_and_said():
    batch = given_batch(
        [("crm", "1", {"names": ["a\0b"], "company": "c\ud800"}), ("crm", "2", {"city": "ok"})]
    )
    assert batch.table["company"][0].as_py() == "c�"
    assert batch.table["names"][0].as_py()[0]["full"] == "a�b"
    assert [(one.external_id, one.field) for one in batch.cleaned] == [("1", "company"), ("1", "names")]


def test_a_surrogate_pair_is_one_letter():
    table = given_table([("crm", "1", {"city": "\ud83d\ude00"})])
    assert table["city"][0].as_py() == "😀"


def test_times_without_a_zone_are_utc():
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert time_of("2026-01-02T12:00:00") == noon
    assert time_of("2026-01-02T13:00:00+01:00") == noon
    assert time_of(noon.timestamp()) == noon
    assert time_of(str(int(noon.timestamp()) * 1000)) == noon
    assert time_of("soon") is None
    assert time_of(1e300) is None


def test_each_value_is_kept_once_where_it_stood_first():
    phones = [
        "1",
        {"given": "2", "attested": "channel"},
        "1",
        {"given": "2"},
        {"given": "2", "attested": "channel"},
    ]
    [row] = given_table([("crm", "1", {"phones": phones})]).to_pylist()
    assert [(phone["given"], phone["attested"]) for phone in row["phones"]] == [
        ("1", "unknown"),
        ("2", "channel"),
        ("2", "unknown"),
    ]


def test_a_contact_of_very_many_values_takes_no_look_at_each_pair_of_them():
    """Each is compared with those of its own hash alone: a square of 60,000 would take minutes."""
    looks = 0

    class Counted(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return str.__eq__(self, other)

    given_table([("crm", "1", {"phones": [Counted(number) for number in range(3000)] * 2})])
    assert looks < 100_000

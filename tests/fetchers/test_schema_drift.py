from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.schema_drift import Profile, drift, news


def profile(payloads):
    made = Profile(frozenset({"seen_at"}))
    made.add(payloads)
    return made.content()


USUAL = [
    {"id": n, "email": f"a{n}@x", "phones": ["1"], "about": {"city": "x"}, "seen_at": n} for n in range(40)
]


def changed(**changes):
    return profile(
        [{key: value for key, value in {**one, **changes}.items() if value is not ...} for one in USUAL]
    )


def test_the_same_payloads_are_no_drift():
    assert drift(profile(USUAL), profile(USUAL)) == []


def test_a_renamed_key_is_drift():
    found = drift(profile(USUAL), changed(email=..., mail="a@x"))
    assert found == ["email is filled in 0% of the contacts, 100% in the last good run"]
    assert news(profile(USUAL), changed(mail="a@x")) == ["mail is new"]


def test_an_emptied_key_within_an_object_is_drift():
    assert drift(profile(USUAL), changed(about={"city": ""})) != []


def test_another_shape_is_drift():
    assert drift(profile(USUAL), changed(phones={"a": 1})) == ["phones is object now and was list"]


def test_volatile_keys_and_few_rows_are_none():
    assert drift(profile(USUAL), changed(seen_at=...)) == []
    assert drift(profile(USUAL[:5]), changed(email=...)) == []


def test_of_a_part_of_the_source_only_vanished_keys_count():
    assert drift(profile(USUAL), changed(email=None), partial=True) == []
    assert drift(profile(USUAL), changed(email=...), partial=True) == ["email is there no more"]


def test_a_rare_key_may_be_missing_by_chance():
    rare = [{"id": n, "ref": "x" if n % 8 == 0 else ""} for n in range(24)]
    assert drift(profile(rare), profile([{"id": n} for n in range(24)])) == []


def test_two_small_samples_of_one_source_may_differ():
    def filled(count):
        return profile([{"id": n, "ref": "x" if n < count else ""} for n in range(41)])

    assert drift(filled(25), filled(12)) == []
    assert drift(filled(25), filled(0)) != []


@given(
    st.lists(
        st.recursive(
            st.none() | st.integers(), lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_size=6,
    )
)
def test_any_payloads_have_a_profile(payloads):
    assert drift(profile(payloads), profile(payloads)) == []


def test_a_profile_goes_on_where_another_stood():
    rows = [{"id": n, "email": "x" if n % 2 else None, "more": {"a": n}} for n in range(30)]
    whole, first = Profile(), Profile()
    whole.add(rows)
    first.add(rows[:11])
    rest = Profile(before=first.content())
    rest.add(rows[11:])
    assert rest.content() == whole.content()

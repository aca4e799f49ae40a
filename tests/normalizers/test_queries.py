"""Values that a person typed, read one by one and many at once."""

from hypothesis import given
from hypothesis import strategies as st

from dedupe.normalizers.queries import phone_queries, phone_query

NUMBERS = [
    "+442079460018",
    "020 7946 0018",
    "6502530000",
    "(650) 253-0000",
    "ann",
    "",
    "+1",
    "00447700900123",
]
typed = st.one_of(st.sampled_from(NUMBERS), st.text("+0123456789 -()x", max_size=20))
regions = st.sampled_from([None, "US", "GB", "IL", "BR"])


@given(st.lists(st.tuples(typed, regions), max_size=8))
def test_many_at_once_are_read_as_each_by_itself(asked: list[tuple[str, str | None]]) -> None:
    at_once = phone_queries([text for text, _ in asked], [region for _, region in asked])
    assert at_once == [phone_query(text, region) for text, region in asked]

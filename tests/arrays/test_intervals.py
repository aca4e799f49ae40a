from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.intervals import expected_share

SHARES = st.floats(0.0, 1.0)


@given(SHARES, SHARES)
def test_an_interval_holds_its_share_and_is_wider_than_chance(share: float, chance: float) -> None:
    at, low, high = expected_share(share, chance)
    assert 0.0 <= low <= at == share <= high <= 1.0
    assert low <= max(share - chance, 0.0)
    assert high >= min(share + chance, 1.0)

import pytest

from dedupe.arrays.units import BIT, from_bits, weight_of


def test_a_likelihood_ratio_of_two_is_one_bit() -> None:
    assert weight_of(2.0) == BIT == from_bits(1.0)
    assert weight_of(0.25) == -2 * BIT
    assert weight_of(1.0) == 0


@pytest.mark.parametrize("ratio", [0.0, -1.0])
def test_a_ratio_that_is_not_positive_has_no_weight(ratio: float) -> None:
    with pytest.raises(ValueError):
        weight_of(ratio)

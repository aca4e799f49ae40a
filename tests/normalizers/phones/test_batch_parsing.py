import pkgutil
from collections.abc import Iterator
from types import SimpleNamespace

import pyarrow as pa
import pytest

from dedupe.normalizers.phones.batch.numbering_plans import plans
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.phones.parsing import parse_number
from tests.normalizers.phones.phone_cases import REGIONS, phone_cases


def differences(cases: list[tuple[str, str]]) -> list[tuple[tuple[str, str], object, object]]:
    """Where the batch and phonenumbers, one at a time, disagree on anything."""
    texts, regions = zip(*cases, strict=True)
    table, back = parse_numbers(pa.array(texts), pa.array(regions))
    found = table.take(pa.array(back)).to_pylist()
    told = [parse_number(*case)._asdict() for case in cases]
    return [(case, our, their) for case, our, their in zip(cases, found, told, strict=True) if our != their]


def test_a_batch_tells_what_phonenumbers_tells_one_at_a_time() -> None:
    assert differences(phone_cases(6_000, seed=1)) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_batch_tells_what_phonenumbers_tells_over_hundreds_of_thousands_of_cases(seed: int) -> None:
    assert differences(phone_cases(50_000, seed)) == []


@pytest.mark.long
def test_every_short_national_number_of_every_region_is_read_as_phonenumbers_reads_it() -> None:
    numbers = [f"{head:03}{tail}" for head in range(0, 1000, 7) for tail in ("4567", "123456", "0000000")]
    assert differences([(number, region) for number in numbers for region in REGIONS]) == []


@pytest.mark.parametrize(
    "text",
    [
        "030 901820",
        "+49 (0)30 901820",
        "0049 30 901820",
        "(030) 901820-",
        "tel:030901820",
        "030-901820 x12",
        "12",
        "",
    ],
)
def test_usual_spellings_are_read_as_phonenumbers_reads_them(text: str) -> None:
    assert differences([(text, region) for region in ("DE", "US", "IT", "AR", "BR", "")]) == []


@pytest.fixture
def compiled_anew() -> Iterator[None]:
    plans.cache_clear()
    yield
    plans.cache_clear()


BORROWED = [
    ("dedupe.normalizers.phones.batch.automaton.parser", "parse"),
    ("dedupe.normalizers.phones.batch.numbering_plans.reference", "_test_number_length"),
]
"""What the way by the column takes from other libraries without their leave: its place and its name."""


@pytest.mark.parametrize(("place", "name"), BORROWED)
def test_what_is_borrowed_from_other_libraries_is_there(place: str, name: str) -> None:
    """Without it every number is asked for one by one: right, and a hundred times slower."""
    assert hasattr(pkgutil.resolve_name(place), name)


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize("place", [place for place, _ in BORROWED])
def test_numbers_are_read_right_when_it_has_gone(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, SimpleNamespace())
    assert differences(phone_cases(300, seed=3)) == []

"""A person written in another script and in Latin letters has keys in common."""

import pytest

from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.text import fold

IN_BOTH = """
عمران خان|Imran Khan
خالد العتيبي|Khalid Al Otaibi
رضا کریمی|Reza Karimi
အောင် မင်း|Aung Min
Сергій Григорій|Serhii Hryhorii
राजेश शर्मा|Rajesh Sharma
გიორგი ბერიძე|Giorgi Beridze
Հասմիկ Գրիգորյան|Hasmik Grigoryan
ተስፋዬ ገብረ|Tesfaye Gebre
たなか たろう|Taro Tanaka
"""
ALIKE = "أحمد احمد|کریمی كريمي كریمي|على علي"


@pytest.mark.parametrize("names", IN_BOTH.strip().splitlines())
def test_a_name_in_two_scripts_meets_by_its_sounds(names: str) -> None:
    here, there = (set(normalize_name(name)[0].keys) for name in names.split("|"))
    assert any(key.startswith("q:") for key in here & there)


@pytest.mark.parametrize("words", ALIKE.split("|"))
def test_letters_that_arabic_leaves_out_for_others_make_no_other_name(words: str) -> None:
    assert len({fold(word) for word in words.split()}) == 1

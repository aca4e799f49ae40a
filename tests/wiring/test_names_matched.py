"""One person under several writings of the name: joined through the whole pipeline."""

import pyarrow as pa
import pytest

import dedupe

NAMES = ["Ines Marlow", "Tobias Renner", "Farid Osmani", "Greta Lindqvist", "Paulo Teixeira", "Ruth Adeyemi"]
LETTERS = ["M.D.", "MD", "R.N.", "D.D.S.", "M.B.A.", "Ph. D.", "Esq.", "AIA", "CISM", "Prof. Dr."]
LETTERS += ["Attorney at Law", "Jr., M.D.", "LUTC, XQZ", "G.R.I.", "RN, BSN"]


def clusters(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The clusters of both names of each pair, which share a mailbox."""
    rows = [(name, f"p{number}@example.org") for number, pair in enumerate(pairs) for name in pair]
    columns = zip(*((str(row), *told) for row, told in enumerate(rows)), strict=True)
    table = pa.table(dict(zip(("record_id", "full_name", "email"), map(list, columns), strict=True)))
    found = dedupe.match(table, model="default").sort_by("record_id").to_pylist()
    cluster = {row["record_id"]: row["cluster_id"] for row in found}
    return [(cluster[str(2 * number)], cluster[str(2 * number + 1)]) for number in range(len(pairs))]


def test_a_name_with_letters_of_honour_is_the_person_without_them() -> None:
    pairs = [(name, f"{name}, {letters}") for name in NAMES for letters in LETTERS]
    apart = [pair for pair, (one, other) in zip(pairs, clusters(pairs), strict=True) if one != other]
    assert apart == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("JP Martin", "Jean-Pierre Martin", True),
        ("J.-P. Martin", "Jean-Pierre Martin", True),
        ("JP Martin", "John Paul Martin", True),
        ("KT Martin", "Jean-Pierre Martin", False),
        ("Renner, Tobias MD", "Mr. Tobias Renner", True),
    ],
)
def test_a_shared_mailbox_joins_who_may_be_one_by_name(one: str, other: str, same: bool) -> None:
    [(left, right)] = clusters([(one, other)])
    assert (left == right) is same

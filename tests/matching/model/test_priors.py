"""The priors hold one row for each level of each comparison, and say where their numbers come from."""

import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.model.priors import prior_model, read_priors

TEXT = (files("dedupe.matching.model") / "priors.toml").read_text("utf-8")
ROW = "not_both = [0.55, 0.08, 0.06, 0.08]\n"


def test_each_level_has_its_share_among_each_kind_of_pair() -> None:
    shares = read_priors(TEXT).shares
    assert list(shares) == [comparison.name for comparison in COMPARISONS]
    for comparison in COMPARISONS:
        assert shares[comparison.name].shape == (len(comparison.levels), 4)
        if comparison.odds_against:
            assert shares[comparison.name][:, :2].sum(axis=1) == pytest.approx(
                np.ones(len(comparison.levels))
            )
        elif not comparison.joint:
            assert shares[comparison.name].sum(axis=0) == pytest.approx(np.ones(4))


def test_rows_follow_the_definition_in_whatever_order_they_are_written() -> None:
    given, other = (
        read_priors(TEXT),
        read_priors(TEXT.replace(ROW, "").replace("\nboth = [0.25, 0.63", f"\n{ROW}both = [0.25, 0.63")),
    )
    assert (given.shares["given_names_known"] == other.shares["given_names_known"]).all()


def test_the_model_before_any_data_is_one_that_is_read_back() -> None:
    model = prior_model()
    assert type(model).from_json(model.to_json()).to_json() == model.to_json()


def test_every_table_says_where_its_numbers_come_from() -> None:
    tables = tomllib.loads(TEXT)["comparisons"].values()
    assert all(re.match("(chosen|measured)", table["origin"]) for table in tables)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT.replace(ROW, ""), "comparisons.given_names_known lacks not_both"),
        (TEXT.replace(ROW, ROW + "neither = [1, 1, 1, 1]\n"), "given_names_known has neither"),
        (TEXT + '\n[comparisons.hobby]\norigin = "chosen"\nsame = [1, 1, 1, 1]\n', "comparisons has hobby"),
        (TEXT.replace("[comparisons.source]", "[comparisons.sauce]"), "comparisons lacks source"),
        (TEXT.replace(ROW, "not_both = [0.70, 0.35, 0.25]\n"), "not_both wants 4 positive numbers"),
        (TEXT.replace(ROW, "not_both = [0.70, 0.35, 0.25, 0.0]\n"), "not_both wants 4 positive numbers"),
        (TEXT.replace(ROW, "not_both = { shares = [1, 1, 1, 1] }\n"), "not_both lacks origin"),
        (re.sub(r"(\[comparisons.suffix\]\n)origin.*\n", r"\1", TEXT), "comparisons.suffix wants an origin"),
        (TEXT.replace("link_bits = 4", 'link_bits = "4"'), "thresholds wants numbers"),
        (TEXT.replace("matches_per_contact = 0.7\n", ""), "rates lacks matches_per_contact"),
    ],
)
def test_a_row_that_is_missing_or_too_many_is_refused(text: str, why: str) -> None:
    assert text != TEXT
    with pytest.raises(ValueError, match=why):
        read_priors(text)

"""`dedupe evaluate`: what is told of a labelled file."""

import re
from pathlib import Path

import pytest

from dedupe.simulators.population.export import write_csv
from dedupe.simulators.population.population import population


@pytest.fixture
def labelled(tmp_path) -> Path:
    path = Path(tmp_path) / "labelled.csv"
    write_csv(population(150, seed=3), path)
    return path


def test_figures_queue_curve_and_mistakes_are_told(dedupe, labelled) -> None:
    ran = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", "default")
    assert ran.code == 0
    for title in (
        "Against the truth",
        "by what they rest on",
        "a perfect reviewer",
        "By link threshold",
        "What went wrong",
    ):
        assert title in ran.out


def test_more_wrong_merges_than_were_said_are_pointed_out(dedupe, labelled, tmp_path) -> None:
    path = Path(tmp_path) / "namesakes.csv"
    rows = [f"Ann Ash{n // 2},a{n // 2}@example.org,{n}" for n in range(60)]
    path.write_text("\n".join(["name,email,person", *rows]), encoding="utf-8")
    surprised = dedupe("evaluate", path, "--truth", "person", "--model", "default").out
    assert "found: 100.00%" in surprised
    assert "More than was said" in surprised
    usual = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", "default").out
    assert "expected in all: " in usual
    assert "More than was said" not in usual


def test_the_same_as_json_names_examples_by_record_id_alone(dedupe, labelled) -> None:
    ran = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", "default", "--json")
    told = ran.json
    assert 0 < told["recall"] < 1
    assert sum(kind["found_wrong"] for kind in told["by_evidence"]) == told["wrong_clusters"]
    assert {"review_queue", "curve", "mistakes"} <= set(told)
    assert all(
        ":" in name for kind in told["mistakes"]["kinds"] for pair in kind["examples"] for name in pair
    )
    assert "@" not in ran.out


def test_the_plot_is_the_same_every_time(dedupe, labelled, tmp_path) -> None:
    plots = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for plot in plots:
        ran = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", "default", "--plot", plot)
        assert ran.code == 0
    one, two = (plot.read_text("utf-8") for plot in plots)
    assert one == two
    assert one.startswith("<svg")
    assert str(tmp_path) not in one


def test_a_truth_column_that_is_not_there_is_said(dedupe, labelled) -> None:
    ran = dedupe("evaluate", labelled, "--truth", "who")
    assert ran.code == 2
    assert "no column who" in ran.err


def test_a_row_whose_person_is_blank_is_nobody_elses(dedupe, tmp_path) -> None:
    rows = ["1,Ann Ash,ann@x.org,7", "2,Ann Ash,ann@x.org,7", "3,Bo Birk,bo@x.org,", "4,Cy Cole,cy@x.org, "]
    path = Path(tmp_path) / "some.csv"
    path.write_text("\n".join(["record_id,name,email,who", *rows]), encoding="utf-8")
    assert dedupe("evaluate", path, "--truth", "who", "--json", "--no-curve").json["people"] == 3


def test_a_truth_column_that_is_blank_throughout_is_no_truth(dedupe, tmp_path) -> None:
    path = Path(tmp_path) / "none.csv"
    path.write_text("record_id,name,who\n1,Ann Ash,\n2,Bo Birk,\n", encoding="utf-8")
    ran = dedupe("evaluate", path, "--truth", "who")
    assert ran.code == 2
    assert "names no person" in ran.err


def test_without_the_curve_it_is_said_how_to_get_it(dedupe, labelled) -> None:
    ran = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", "default", "--no-curve")
    assert "By link threshold" not in ran.out
    assert "--curve" in ran.err


def wrong_and_missed(dedupe, labelled: Path, model: str, budget: str) -> tuple[int, int]:
    ran = dedupe("evaluate", labelled, "--truth", "truth_id", "--model", model, "--max-wrong-merges", budget)
    assert ran.code == 0, ran.err
    assert "wrong merges" in ran.err
    found = re.search(r"What went wrong: ([\d,]+) wrong pairs, ([\d,]+) missed", ran.out)
    assert found
    wrong, missed = (int(number.replace(",", "")) for number in found.groups())
    return wrong, missed


@pytest.mark.parametrize("model", ["auto", "default"])
def test_who_allows_more_wrong_merges_misses_less(dedupe, labelled, model) -> None:
    _, missed_by_few = wrong_and_missed(dedupe, labelled, model, "0.01 %")
    _, missed_by_many = wrong_and_missed(dedupe, labelled, model, "0.3")
    assert missed_by_many < missed_by_few


@pytest.mark.parametrize("nonsense", ["much", "-0.1", "2", "101%", "nan", "%"])
def test_a_budget_that_is_no_share_is_refused_with_what_is_wanted(dedupe, labelled, nonsense) -> None:
    ran = dedupe("evaluate", labelled, "--truth", "truth_id", f"--max-wrong-merges={nonsense}")
    assert ran.code == 2
    assert "as 0.01 or 1%" in ran.err

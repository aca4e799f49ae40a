"""A matching held against the truth: the queue apart, the curve, the mistakes by kind."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from dedupe.clustering.metrics import figures
from dedupe.config import Settings
from dedupe.engines.local import LocalEngine
from dedupe.fetchers.files.read import read_table
from dedupe.matching.model.default import default_model
from dedupe.pipeline.error_analysis import MISSED, WRONG, mistakes
from dedupe.pipeline.evaluating import Evaluation, evaluate, reviewed
from dedupe.pipeline.record_linkage import Matching, MatchSettings, match_prepared, prepare
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from dedupe.wiring.files import FileOptions, normalize_read
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

ENGINE = LocalEngine()


@pytest.fixture(scope="module")
def town() -> tuple[Matching, Evaluation, np.ndarray]:
    """A small population, matched and evaluated."""
    table = pa.Table.from_batches(batches(population(700, seed=5)))
    file = normalize_read(read_table(table), FileOptions(region="US"), Settings())
    prepared, people = prepare(file.contacts, MatchSettings(), ENGINE), file.people("truth_id")
    matching = match_prepared(prepared, default_model(), pairs(), pairs(), ENGINE)
    return matching, evaluate(prepared, default_model(), matching, people, ENGINE), people


def test_the_chosen_point_of_the_curve_is_the_matching_itself(town) -> None:
    _, evaluation, _ = town
    assert [point.figures for point in evaluation.curve if point.chosen] == [evaluation.figures]


def test_a_higher_threshold_links_fewer_pairs(town) -> None:
    linked = [point.figures.found + point.figures.wrong for point in town[1].curve]
    assert linked[0] > linked[-1]


def test_mistakes_are_all_the_pairs_that_the_figures_count(town) -> None:
    _, evaluation, _ = town
    told, found = evaluation.mistakes, evaluation.figures
    assert (told.wrong, told.missed) == (found.wrong, found.true_pairs - found.found)
    for error, count in ((WRONG, told.wrong), (MISSED, told.missed)):
        assert sum(kind.pairs for kind in told.kinds if kind.error == error) == count


def test_examples_are_pairs_of_their_kind(town) -> None:
    matching, evaluation, people = town
    cluster = matching.clusters["cluster"].to_numpy()
    for kind in evaluation.mistakes.kinds:
        for left, right in kind.examples:
            assert (cluster[left] == cluster[right]) == (kind.error == WRONG)
            assert (people[left] == people[right]) == (kind.error == MISSED)


def test_a_perfect_reviewer_only_adds(town) -> None:
    _, evaluation, _ = town
    found = [evaluation.figures, *(step.figures for step in evaluation.reviewed)]
    assert evaluation.reviewed[-1].asked == evaluation.questions
    for before, after in pairwise(found):
        assert after.found >= before.found
        assert after.wrong == before.wrong


QUESTIONS = pa.table({"left": [[0], [0], [3]], "right": [[1, 2], [3], [4]]})


def test_a_perfect_reviewer_joins_what_is_one_persons() -> None:
    person, cluster = np.array([1, 1, 1, 7, 7]), np.array([0, 1, 1, 3, 4])
    steps = reviewed(QUESTIONS, cluster, person, stops=(1, 2))
    assert [(step.asked, step.same, step.figures.found) for step in steps] == [
        (1, 1, 3),
        (2, 1, 3),
        (3, 2, 4),
    ]


def test_a_group_that_holds_two_people_is_joined_to_nobody() -> None:
    person, cluster = np.array([1, 1, 2, 7, 7]), np.array([0, 1, 1, 3, 4])
    assert [step.same for step in reviewed(QUESTIONS, cluster, person)] == [1]


def kinds_of(rows, person, cluster) -> list[tuple[str, str, int]]:
    """(error, kind, pairs) of the first contacts; everybody else is alone in both."""
    size = len(rows)
    others = np.arange(len(person), size)
    prepared = prepare(contacts(*rows), MatchSettings(), ENGINE)
    labels = (np.concatenate([np.array(given), others + 10_000]) for given in (cluster, person))
    found = mistakes(prepared, default_model(), *labels)
    return [(kind.error, kind.kind, kind.pairs) for kind in found.kinds]


def test_a_couple_in_one_cluster_is_a_household() -> None:
    rows = [
        contact("ann smith", email="smiths@x.org"),
        contact("bob smith", email="smiths@x.org"),
        *unrelated_people(50),
    ]
    kind = "a household: family name and mailbox or line, other given names"
    assert kinds_of(rows, [1, 2], [0, 0]) == [(WRONG, kind, 1)]


def test_namesakes_in_one_cluster_share_the_name_only() -> None:
    rows = [
        contact("ann smith", email="a@x.org"),
        contact("ann smith", phone="+14155550123"),
        *unrelated_people(50),
    ]
    assert kinds_of(rows, [1, 2], [0, 0]) == [(WRONG, "the name only", 1)]


def test_the_strongest_pair_tells_why_two_people_are_one_cluster() -> None:
    rows = [
        contact("ann smith", email="a@x.org"),
        contact("ann smith", email="other@y.org", phone="+14155550123"),
        contact("bea jones", phone="+14155550123"),
        *unrelated_people(50),
    ]
    assert kinds_of(rows, [1, 1, 2], [0, 0, 0]) == [(WRONG, "a line, under other names", 2)]


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (contact("ann smith"), contact(phone="+14155550123"), "never met in a block"),
        (contact("ann smith"), contact("ann smith", kind="bot"), "of a kind that is never matched"),
        (
            contact("ann smith", email="a@x.org"),
            contact("ann smith", email="a@x.org"),
            "refused when clusters were joined",
        ),
        (
            contact("ann smith", company="acme", email="a@x.org"),
            contact("ann jones", company="acme", email="b@y.org"),
            "below the review threshold",
        ),
    ],
)
def test_a_missed_pair_tells_where_it_was_lost(one, other, kind) -> None:
    assert kinds_of([one, other, *unrelated_people(50)], [1, 1], [0, 1]) == [(MISSED, kind, 1)]


def test_nobody_makes_no_mistakes() -> None:
    nobody = np.zeros(0, np.int64)
    prepared = prepare(contacts(), MatchSettings(), ENGINE)
    matching = match_prepared(prepared, default_model(), pairs(), pairs(), ENGINE)
    found = evaluate(prepared, default_model(), matching, nobody, ENGINE)
    assert (found.questions, found.mistakes.kinds, found.figures) == (0, (), figures(nobody, nobody))


def test_of_a_giant_group_some_are_looked_at_and_the_rest_is_told() -> None:
    rows = [contact("ann smith", email=f"a{i}@x.org") for i in range(400)]
    prepared = prepare(contacts(*rows), MatchSettings(), ENGINE)
    found = mistakes(prepared, default_model(), np.zeros(400, np.int64), np.arange(400))
    assert found.left_out == 100
    assert found.wrong == 300 * 299 // 2


def test_what_golden_contacts_rest_on_is_told_of_each_that_the_figures_count(town) -> None:
    _, evaluation, _ = town
    assert sum(one.golden_contacts for one in evaluation.by_evidence) == evaluation.figures.linked_clusters
    assert sum(one.found_wrong for one in evaluation.by_evidence) == evaluation.figures.wrong_clusters

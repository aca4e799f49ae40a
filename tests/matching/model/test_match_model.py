import json
from collections.abc import Callable

import pytest

from dedupe.errors import InputError
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel


def test_a_saved_model_is_read_back_as_it_was() -> None:
    text = default_model().to_json()
    assert MatchModel.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("version 1", "version 99"),
        lambda _: "[]",
        lambda text: json.dumps({**json.loads(text), "link": None}),
        lambda text: json.dumps({**json.loads(text), "comparisons": []}),
        lambda text: json.dumps({**json.loads(text), "review": 10**6}),
        lambda text: json.dumps({**json.loads(text), "matches_per_contact": -1}),
        lambda text: json.dumps({**json.loads(text), "names_believed": 0}),
        lambda text: json.dumps({**json.loads(text), "usual_name_odds": [1.0]}),
    ],
)
def test_a_damaged_model_or_one_of_another_version_is_refused(damage: Callable[[str], str]) -> None:
    with pytest.raises(InputError):
        MatchModel.from_json(damage(default_model().to_json()))


def test_a_model_saved_before_names_were_learned_believes_them_as_it_did() -> None:
    content = json.loads(default_model().to_json())
    for later in ("names_believed", "usual_name_odds"):
        del content[later]
    model = MatchModel.from_json(json.dumps(content))
    assert (model.names_believed, model.usual_name_odds) == (0.6, None)

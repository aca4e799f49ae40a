"""Match models: learned on purpose, kept, chosen, shown."""

import json


def test_the_first_night_learns_a_model_and_later_ones_keep_it(dedupe, town) -> None:
    ran = dedupe("nightly")
    assert "learned on this first night" in ran.out
    listed = dedupe("model", "list").out
    assert "first night" in listed
    assert "learned on this first night" not in dedupe("nightly").out
    assert dedupe("model", "list").out == listed


def test_training_makes_another_model_that_the_next_night_uses(dedupe, town) -> None:
    dedupe("nightly")
    dedupe("model", "use", "shipped")
    (town.config.parent / "more.csv").write_text(
        "record_id,name,email\n1,Ann Lee,a@x.org\n", encoding="utf-8"
    )
    dedupe("import", "more.csv")
    ran = dedupe("train", "--name", "autumn")
    assert ran.code == 0, ran.err
    listed = dedupe("model", "list").out
    assert "first night" in listed
    assert "autumn" in listed


def test_the_active_model_shows_every_level_with_its_sentence(dedupe) -> None:
    shown = dedupe("model", "show").out
    assert "the family names are the same" in shown
    assert "against strangers" in shown


def test_an_exported_model_is_one_that_match_takes(dedupe, tmp_path) -> None:
    assert dedupe("model", "export", "model.json").code == 0
    json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "c.csv").write_text("record_id,name,email\n1,Ann Lee,a@x.org\n2,Ann Lee,a@x.org\n")
    assert dedupe("match", "c.csv", "--output", "out.csv", "--model", "model.json").code == 0


def test_a_damaged_model_is_refused(dedupe, tmp_path) -> None:
    (tmp_path / "model.json").write_text('{"format": "something else"}')
    (tmp_path / "c.csv").write_text("record_id,name\n1,Ann Lee\n")
    ran = dedupe("match", "c.csv", "--output", "out.csv", "--model", "model.json")
    assert ran.code == 2
    assert "model" in ran.err


def test_without_decisions_there_is_nothing_to_learn_from(dedupe) -> None:
    ran = dedupe("train", "--from-decisions")
    assert ran.code == 2
    assert "too few decisions" in ran.err
    assert dedupe("model", "list").out.count("corrected") == 0


def test_activate_goes_with_decisions_only(dedupe) -> None:
    assert dedupe("train", "--activate").code == 2
    assert dedupe("train", "--from-decisions", "--activate", "--keep").code == 2


def test_nothing_is_learned_from_nobody(dedupe) -> None:
    ran = dedupe("train")
    assert (ran.code, "there is nothing to learn from" in ran.err) == (2, True)
    assert "trained" not in dedupe("model", "list").out

"""No error says again what was typed of somebody: an email, a name, an id. Every command is tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from dedupe.cli.main import app
from dedupe.cli.quoting import typed, unquoted

MARK = "zanzibar"
WRITTEN = [f"ann.{MARK}@example.org", MARK, f"{MARK.title()} O'Neil", f"crm:{MARK}", f"{MARK}=phone"]
PATHS = {"config", "data", "directory", "file", "output", "pairs", "plot", "report", "svg_file", "write"}
OF_NOBODY = (
    PATHS
    | {"accept", "astray", "date_order", "encoding", "fault", "field", "host", "map", "model", "names"}
    | {"provider", "records", "region", "scope", "source", "sources", "truth", "which"}
)
"""Paths, columns, sources and the like: told, so that a mistake is found, but for emails among them."""
ENDLESS = {("simulate", "write")}  # it succeeds, and runs on


def leaves(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that lead to it."""
    if not isinstance(command, TyperGroup):
        yield words, command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, *words, name)


ROOT = get_command(app)
LEAVES = list(leaves(ROOT))
GROUPS = [(), *sorted({words[:-1] for words, _ in LEAVES if len(words) > 1})]


def required(command: Any, besides: Any) -> list[str]:
    """Something that can be read for each parameter that must be given, and for one besides."""
    words: list[str] = []
    for parameter in command.params:
        if parameter is not besides and parameter.required:
            words += [*named(parameter), plausible(parameter)]
    return words


def named(parameter: Any) -> list[str]:
    return [parameter.opts[0]] if parameter.param_type_name == "option" else []


def plausible(parameter: Any) -> str:
    choices = getattr(parameter, "choices", None)
    if choices:
        return str(getattr(choices[0], "value", choices[0]))
    descriptor = str(getattr(parameter, "type", "")) + parameter.name
    if "UUID" in descriptor or parameter.name in ("run", "token_id"):
        return str(UUID(int=7))
    return "gone.csv" if parameter.name in OF_NOBODY else f"{MARK}.csv"


def takes_a_value(parameter: Any) -> bool:
    return parameter.name != "help" and not getattr(parameter, "is_flag", False)


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_what_was_typed_for_a_parameter_is_not_said_again(dedupe, words, command):
    for at, parameter in enumerate(filter(takes_a_value, command.params)):
        text = f"ann.{MARK}@example.org" if parameter.name in OF_NOBODY else WRITTEN[at % len(WRITTEN)]
        text = f"{text}=phone" if parameter.name == "map" else text
        text = f"gone/{text}" if parameter.name in ("report", "write") else text  # the folder isn't there
        given = [*required(command, parameter), *named(parameter), text]
        if (*words, parameter.name) in ENDLESS:
            continue
        ran = dedupe(*words, *given)
        if ran.code:
            assert MARK not in (ran.out + ran.err).lower(), given


@pytest.mark.parametrize("wrong", ["--{}", "-{}", "--help={}"])
def test_an_option_that_is_none_is_not_said_again(dedupe, wrong):
    for at, (words, _) in enumerate(LEAVES):
        ran = dedupe(*words, wrong.format(WRITTEN[at % len(WRITTEN)]))
        assert ran.code == 2, words
        assert MARK not in (ran.out + ran.err).lower(), words


def test_arguments_that_are_too_many_are_not_said_again(dedupe):
    for at, (words, command) in enumerate(LEAVES):
        if any(parameter.nargs == -1 for parameter in command.params):
            continue
        ran = dedupe(*words, *[WRITTEN[at % len(WRITTEN)]] * 9)
        assert ran.code == 2, words
        assert MARK not in (ran.out + ran.err).lower(), words


def test_a_command_that_is_none_is_not_said_again_and_those_there_are_are_named(dedupe):
    for words in GROUPS:
        ran = dedupe(*words, WRITTEN[0])
        assert ran.code == 2
        assert MARK not in (ran.out + ran.err).lower()
        assert "there is no such command; these are: " in ran.err


def test_contacts_that_are_none_are_named_by_the_parameter(dedupe):
    ran = dedupe("review", "same", "ann@example.org", "bo@example.org")
    told = "there is no source contact CONTACTS (number 1 of 2); write it as source:id"
    assert (ran.code, ran.err) == (2, f"dedupe: {told}\n")


def test_an_id_is_said_again_which_tells_of_nobody(dedupe):
    unknown = str(UUID(int=7))
    assert dedupe("show", unknown).err == f"dedupe: no golden contact has or had the id {unknown}\n"


def test_a_choice_of_ours_is_a_word_of_messages():
    assert typed(ROOT, ["match", "a.csv", "--engine", "spark", "--date-order", "dmy", "--output", "o"]) == {}


def test_a_wrong_value_is_told_by_what_could_stand_there(dedupe):
    ran = dedupe("review", "decide", str(UUID(int=7)), "ann@example.org")
    assert ran.code == 2
    assert "not one of 'same', 'different', 'unsure'" in ran.err
    assert "Usage: dedupe review decide" in ran.err
    assert "do you mean --limit" in dedupe("review", "list", "--limits", "7").err


def test_files_are_named_whether_they_are_there_or_not(dedupe, tmp_path):
    (tmp_path / "crm.csv").write_text("colour\nred\n", encoding="utf-8")
    assert "dedupe: crm.csv: no header" in dedupe("match", "crm.csv", "--output", "out.csv").err
    assert "dedupe: ann.csv: No such file" in dedupe("match", "ann.csv", "--output", "out.csv").err
    assert "dedupe: no/out.csv: can't be written" in dedupe("match", "crm.csv", "--output", "no/out.csv").err
    told = dedupe("match", "of/ann@example.org.csv", "--output", "out.csv").err
    assert "dedupe: FILE: No such file" in told or "dedupe: of/FILE: No such file" in told


@pytest.mark.parametrize(
    ("file", "report"),
    [
        ("../nohead.csv", "../r.json"),
        ("f/11_mysql.csv", "o/11_mysql/n.json"),
        ("./nohead.csv", "nohead/r.json"),
    ],
)
def test_a_path_stands_as_it_is_whatever_else_was_typed(dedupe, tmp_path, monkeypatch, file, report):
    (tmp_path / "in" / "f").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "in")
    for path in (file, report):
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "in" / file).write_text("colour\nred\n", encoding="utf-8")
    told = dedupe("normalize", file, "--output", "o.csv", "--report", report).err
    assert f"dedupe: {file.removeprefix('./')}: no header" in told


def test_a_column_and_an_encoding_are_named_but_for_an_email_among_them(dedupe, tmp_path):
    (tmp_path / "crm.csv").write_text("name,email\nAnn Ash,ann@example.org\n", encoding="utf-8")
    command = ("normalize", "crm.csv", "--output", "o.csv")
    assert "klingon is not an encoding" in dedupe(*command, "--encoding", "klingon").err
    assert "columns that the file hasn't: Phon\n" in dedupe(*command, "--map", "Phon=phone").err
    assert "columns that the file hasn't: --map\n" in dedupe(*command, "--map", "ann@secret.org=phone").err


def test_nothing_asked_for_is_answered_with_the_help(dedupe):
    ran = dedupe("review")
    assert ran.code == 2
    assert "Commands:" in ran.err
    assert "dedupe:" not in ran.err


def test_only_whole_values_are_taken_out_and_the_longest_first():
    names = {"ann": "LEFT", "ann lee": "RIGHT", "x": "X"}
    assert unquoted("ann lee and 'ann' planned annexes", names) == "RIGHT and LEFT planned annexes"


def test_no_part_of_a_path_or_of_an_address_is_taken_for_what_was_typed():
    names = {"..": "A", "ann": "LEFT", "bo@example.org": "RIGHT"}
    assert unquoted("../ann/x.csv, ann.csv, a/ann", names) == "../ann/x.csv, ann.csv, a/ann"
    assert unquoted("a/bo@example.org of jobo@example.org", names) == "a/RIGHT of jobo@example.org"


def test_what_a_choice_allows_is_said_without_the_parsers_own_words(dedupe):
    ran = dedupe("review", "list", "--cause", "nope")
    assert ran.code == 2
    assert "is not one of 'doubtful'" in ran.err
    assert "Value error" not in ran.err

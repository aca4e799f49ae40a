"""Keeps personal data that was typed on the command line out of error messages: the parameter's name
replaces it.

This applies to every error, wherever raised, so that no other room needs to know what was typed. Paths,
and names of columns, sources, encodings and the like, are shown, because a mistake in them is only found
by seeing it, unless they look like an email or a phone number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperGroup

Names = dict[str, str]
_NO_COMMAND = "there is no such command; these are: "
_TOO_MANY = "there are more arguments than it takes, or an option has several words: put those in quotes"
_UNREADABLE = re.compile(r"(?<=Input should be)([^,]*),.*", re.DOTALL)
_PYDANTICS = "Value error, "  # before the messages of our own
_NEVER_SECRET = (bool, int, float, Enum)
_OF_NOBODY = frozenset(
    {
        "accept",
        "astray",
        "date_order",
        "encoding",
        "fault",
        "field",
        "file",
        "host",
        "map",
        "master",
        "model",
        "names",
        "output",
        "pairs",
        "provider",
    }
    | {"records", "region", "scope", "source", "sources", "truth", "which", "work_folder"}
)
"""Parameters whose values tell of files and settings, not of people."""
_SIGNS = re.compile(r"[\s/\\=:;,]+")
_DATED = re.compile(r"(19|20)\d\d[-.]?[01]\d[-.]?[0-3]\d")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # of ours: it tells of nobody
_PHONE = re.compile(r"\+?[(\d][\d ().-]{6,}\d")


def misused(error: typer.TyperException, arguments: Iterable[str]) -> str:
    """The message for a command line that couldn't be parsed, to print below its usage."""
    context = getattr(error, "ctx", None)
    if context is not None and error.message == context.get_help():
        return error.message  # nothing was asked for
    lines = [] if context is None else [context.get_usage(), _help_of(context), ""]
    return "\n".join([*lines, f"dedupe: {_wrong(error, context, arguments)}"])


def _help_of(context: Any) -> str:
    return f"Try '{context.command_path} {context.help_option_names[0]}' for help."


def _wrong(error: typer.TyperException, context: Any, arguments: Iterable[str]) -> str:
    if hasattr(error, "possibilities"):
        meant = ", ".join(sorted(error.possibilities or ()))
        return "there is no such option" + (f"; do you mean {meant}?" if meant else "")
    if getattr(error, "param", None) is not None or hasattr(error, "option_name"):
        message = error.format_message().replace(_PYDANTICS, "", 1)
        return _without_quoted(_UNREADABLE.sub(r"\1", message), arguments)
    if context is not None and isinstance(context.command, TyperGroup):
        return _NO_COMMAND + ", ".join(context.command.list_commands(context))
    return _TOO_MANY


def _without_quoted(text: str, arguments: Iterable[str]) -> str:
    """The message without a parameter's value, which is quoted whole or after an option's equals sign."""
    values = {part for one in arguments for part in (one, one.partition("=")[2]) if part}
    for value in sorted(values, key=len, reverse=True):
        if not value.startswith("-"):  # an option's own name
            for quoted in (repr(value), f"'{value}'", f'"{value}"'):
                text = text.replace(quoted, "what was given")
    return text


def typed(command: Any, arguments: list[str], known: Collection[str] = ()) -> Names:
    """The values of a parsed command line that must not be shown, each with its parameter."""
    names: Names = {}
    for parameter, value in _parameters(command, arguments):
        if not _of_a_list(parameter):
            for name, one in _each(parameter, value):
                texts = set(_personal(one)) if _of_nobody(parameter) else {*_texts(one), *_personal(one)}
                told = {text for text in texts.difference(known) if not _ID.fullmatch(text)}
                names = dict.fromkeys(told, name) | names
    return names


def _each(parameter: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a parameter, each with the name to show for it; of several the place, too."""
    name = _name_of(parameter)
    if not isinstance(value, list | tuple) or len(value) < 2:
        yield name, value
        return
    for place, one in enumerate(value, start=1):
        yield f"{name} (number {place} of {len(value)})", one


def unquoted(text: str, names: Names) -> str:
    """The text with each typed value replaced by its parameter's name, the longest first."""
    written = {shape: name for value, name in names.items() for shape in (value, repr(value)[1:-1])}
    if not written:
        return text
    shapes = "|".join(map(_whole, sorted(written, key=len, reverse=True)))
    pattern = rf"(?P<quote>['\"]?)(?P<shape>{shapes})(?P=quote)"
    return re.sub(pattern, lambda found: written[found["shape"]], text)


def _whole(shape: str) -> str:
    """A pattern for the value as a word of its own; an email or number also as a part of a path."""
    if next(_personal(shape), None) is not None:
        return rf"(?<![\w@-]){re.escape(shape)}(?![\w@-])"
    return rf"(?<![\w@/.-]){re.escape(shape)}(?![\w@/-]|\.\w)"


def _of_a_list(parameter: Any) -> bool:
    """Whether its values are ours: a message may say one as a word of its own."""
    kind = _kind(parameter)
    kinds = (kind, *get_args(kind))
    return bool(getattr(parameter, "choices", None)) or any(get_origin(one) is Literal for one in kinds)


def _of_nobody(parameter: Any) -> bool:
    kind = _kind(parameter)
    return parameter.name in _OF_NOBODY or Path in (kind, *get_args(kind))


def _kind(parameter: Any) -> Any:
    return getattr(getattr(parameter, "type_descriptor", None), "annotation", None)


def _parameters(command: Any, arguments: list[str]) -> Iterator[tuple[Any, Any]]:
    """The parameters of the command and of those it leads to, with their values."""
    context = command.make_context("dedupe", list(arguments), resilient_parsing=True)
    while True:
        for parameter in context.command.params:
            yield parameter, context.params.get(parameter.name)
        rest = [*getattr(context, "_protected_args", []), *context.args]
        if not (isinstance(context.command, TyperGroup) and rest):
            return
        name, command, rest = context.command.resolve_command(context, rest)
        if command is None:
            return
        context = command.make_context(name, rest, parent=context, resilient_parsing=True)


def _name_of(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name.upper()).strip("[].")


def _texts(value: Any) -> Iterator[str]:
    """The forms in which a message may quote a value: itself, and the id after a source's name; not a
    single character."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif value is not None and not isinstance(value, _NEVER_SECRET):
        text = str(value).strip()
        parts = filter(_no_word_of_ours, [text.partition(":")[2].strip()])
        yield from (one for one in {str(value), text, *parts} if len(one) > 1)


def _personal(value: Any) -> Iterator[str]:
    """The emails and phone numbers in a value that is otherwise shown, such as the name of a file or
    column."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _personal(one)
    elif value is not None and not isinstance(value, _NEVER_SECRET):
        yield from filter(_looks_personal, _pieces(str(value)))


def _pieces(text: str) -> Iterator[str]:
    for piece in {text.strip(), *re.split(r"[/\\=]", text), *_SIGNS.split(text)}:
        yield piece
        yield Path(piece).stem


def _looks_personal(text: str) -> bool:
    if "@" in text.strip("@"):
        return not _SIGNS.search(text)
    dated = _DATED.match(text) is not None
    return not dated and _PHONE.fullmatch(text) is not None and 9 <= sum(map(str.isdigit, text)) <= 15


def _no_word_of_ours(part: str) -> bool:
    """A part in plain small letters is more likely a word of the message than the value again."""
    return not (part.isascii() and part.isalpha() and part.islower())

"""`docs/reference/configuration.md`, made from the settings' own definitions."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dedupe.config import Settings, WebhookSection, WritebackSection
from dedupe.config.signing_in import OidcSection, ProxySection, RolesSection
from dedupe.fetchers.options import known_options
from dedupe.fetchers.providers.declared.declaration import ENDS, Declaration
from dedupe.fetchers.registry import PROVIDERS
from dedupe.golden.survivorship import rule_fields
from tools.markdown import paragraph, table

_INTRODUCTION = """\
<!-- made by `python -m tools.reference_pages`; change the descriptions in dedupe/config/sections.py -->

# Every key of the configuration

The configuration is one TOML file: `--config FILE`, else `$DEDUPE_CONFIG`, else `config.toml` in the
current folder; without any, the defaults. `config.example.toml` is one to begin with. Unknown keys are
errors, and every mistake is told at once. Secrets never stand in it: a key that ends in `_env` names an
environment variable, one that ends in `_file` a file.

A variable `DEDUPE_SECTION__KEY` goes before the file: `DEDUPE_SERVE__PORT=9000` is `port` of `[serve]`.
"""
_PLAIN = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "path",
    Any: "anything",
}
_OF_SOURCES: list[tuple[str, type[BaseModel]]] = [
    ("webhook", WebhookSection),
    ("writeback", WritebackSection),
]
_OF_SIGN_IN: list[tuple[str, type[BaseModel]]] = [
    ("roles", RolesSection),
    ("proxy", ProxySection),
    ("oidc", OidcSection),
]
_COMMENT = re.compile(r"^ {4}(\w+): .*?  # (.*)$", re.MULTILINE)


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for name, found in Settings.model_fields.items():
        section: type[BaseModel] = _section(found.annotation)
        title = {"sources": "[sources.NAME]", "webhooks": "[[webhooks]]"}.get(name, f"[{name}]")
        parts.append(f"## `{title}`\n\n{paragraph(inspect.getdoc(section) or '')}")
        parts.append(table(["key", "type", "default", "meaning"], map(_key, *_columns(section))))
        parts.extend(_further(name))
    return "\n".join(parts).rstrip() + "\n"


def undescribed() -> list[str]:
    """The keys that say nothing of what they mean."""
    sections = {name: _section(found.annotation) for name, found in Settings.model_fields.items()}
    mute = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, found in section.model_fields.items()
        if not found.description
    ]
    for name, section in (*_OF_SOURCES, *_OF_SIGN_IN):
        mute += [f"{name}.{key}" for key, one in section.model_fields.items() if not one.description]
    return mute + [f"options.{row[0]}" for row in _declared() if not row[2]]


def _section(annotation: Any) -> type[BaseModel]:
    """The model of a section, also where there is one for each name."""
    several = get_origin(annotation) in (dict, list)
    found: type[BaseModel] = get_args(annotation)[-1] if several else annotation
    return found


def _columns(section: type[BaseModel]) -> tuple[list[str], list[FieldInfo], list[Any]]:
    hints = get_type_hints(section, include_extras=True)
    keys = list(section.model_fields)
    return keys, list(section.model_fields.values()), [hints[key] for key in keys]


def _key(name: str, found: FieldInfo, hint: Any) -> list[str]:
    default = "required" if found.is_required() else _value(found.get_default(call_default_factory=True))
    return [f"`{name}`", _type(hint), default, found.description or ""]


def _value(default: Any) -> str:
    """As TOML writes it; nothing for what is left out."""
    if isinstance(default, BaseModel):
        return ""
    if default is None:
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str):
        return f'`"{default}"`'
    if isinstance(default, tuple):
        return "`[]`" if not default else f"`{list(default)}`"
    return "`{}`" if default == {} else f"`{default}`"


def _type(hint: Any) -> str:
    """In words: `whole number from 0`, `list of text`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0]) + "".join(f" {text}" for text in _limits(arguments[1]))
    if origin in (Union, UnionType):
        return " or ".join(_type(one) for one in arguments if one is not NoneType)
    if origin is Literal:
        return ", ".join(f'`"{one}"`' for one in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is not None:
        return f"table of {_type(arguments[-1])}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "table"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return ", ".join(f'`"{one}"`' for one in hint)
    return _PLAIN[hint]


def _limits(found: FieldInfo) -> Iterator[str]:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    for one in getattr(found, "metadata", []):  # a validator of ours has none
        for attribute, word in words.items():
            if (limit := getattr(one, attribute, None)) is not None:
                yield f"{word} {limit}"


def _further(section: str) -> Iterator[str]:
    if section == "sources":
        yield from _tables("sources.NAME", _OF_SOURCES)
        yield from _options()
    if section == "sign_in":
        yield from _tables("sign_in", _OF_SIGN_IN)
    if section == "golden":
        yield paragraph(
            f"Fields that have a survivorship rule: {', '.join(f'`{one}`' for one in rule_fields())}."
        )


def _tables(within: str, sections: list[tuple[str, type[BaseModel]]]) -> Iterator[str]:
    """The tables of a section, each with its keys."""
    for name, section in sections:
        yield f"### `[{within}.{name}]`\n\n{paragraph(inspect.getdoc(section) or '')}"
        yield table(["key", "type", "default", "meaning"], map(_key, *_columns(section)))


def _options() -> Iterator[str]:
    yield f"Built-in values of `provider`: {', '.join(f'`{one}`' for one in PROVIDERS)}.\n"
    yield "### `[sources.NAME.options]`\n\nOf every source:\n"
    yield _option_table(known_options())
    for provider in PROVIDERS:
        if own := known_options(provider):
            yield f"Of `{provider}`:\n"
            yield _option_table(own)
    yield paragraph(
        "Of a declared provider, that is any other name of `provider` "
        "([how to declare one](../adding-a-provider.md)). Expressions are JMESPath of an answer; where it "
        "says so, `header:NAME` or `link:RELATION` as well."
    )
    yield table(["key", "default", "meaning"], [[f"`{key}`", *rest] for key, *rest in _declared()])
    yield "What `end` may name:\n"
    yield table(["`end`", "the list ends where"], [[f"`{word}`", say] for word, say in ENDS.items()])


def _option_table(options: dict[str, str]) -> str:
    return table(["key", "what it is"], [[f"`{key}`", say] for key, say in options.items()])


def _declared() -> list[list[str]]:
    """Key, default and meaning of each option of a declared provider, but for those of every source."""
    said = dict(_COMMENT.findall(inspect.getsource(Declaration)))
    own = [one for one in fields(Declaration) if one.name not in known_options()]
    return [[one.name, _default(one), said.get(one.name, "")] for one in own]


def _default(one: "Field[Any]") -> str:
    if one.default is not MISSING:
        return _value(one.default)
    return "required" if one.default_factory is MISSING else _value(one.default_factory())

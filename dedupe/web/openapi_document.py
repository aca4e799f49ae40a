"""The OpenAPI document: what FastAPI derives from the routes, with the meaning of each property, the schema
of problems, and which scope opens which route."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, TypeAlias

from fastapi import FastAPI

from dedupe.web.problems import ProblemDetails, responses

Schema: TypeAlias = dict[str, Any]

TOKEN, SIGNATURE = "token", "signature"
_SCHEMES: Schema = {
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, as `dedupe token make` or `POST /v1/tokens` shows it once. Each route "
        "names the scope that opens it: lookup; review, which holds lookup; intake; admin, which holds all.",
    },
    SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Dedupe-Signature",
        "description": "`sha256=` and the HMAC-SHA256 of `TIMESTAMP.BODY` by the source's secret; the "
        "timestamp is in X-Dedupe-Timestamp. A source's configuration may name other headers.",
    },
}
_OPEN = {"healthz", "readyz"}
_SIGNED = {"deliver_webhook"}
_WORDS: dict[str, Any] = tomllib.loads(files("dedupe.web").joinpath("openapi_words.toml").read_text("utf-8"))
SCOPES: dict[str, str] = {name: scope for scope, names in _WORDS["scopes"].items() for name in names}
"""The scope that opens each route, by its operation id."""


def install(app: FastAPI, *, tokens_required: bool) -> None:
    """Complete the document that the application shows. `tokens_required`: else a token is optional."""
    derived = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            complete(derived(), tokens_required=tokens_required)
        return derived()  # which keeps the one that was completed

    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: Schema, *, tokens_required: bool) -> None:
    """Add what can't be derived from the routes."""
    components = document.setdefault("components", {})
    schemas: dict[str, Schema] = components.setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDetails"] = problem
    components["securitySchemes"] = _SCHEMES
    for name, schema in schemas.items():
        _describe(schema, _WORDS["schemas"].get(name, {}))
    for operation in operations(document):
        _secure(operation, tokens_required=tokens_required)
        _say(operation, _WORDS["operations"].get(operation["operationId"]))
        for parameter in operation.get("parameters", []):
            _say(parameter, _WORDS["parameters"].get(parameter["name"]))


def operations(document: Schema) -> Iterator[Schema]:
    """Every operation of every path."""
    for path in document["paths"].values():
        yield from path.values()


def _describe(schema: Schema, words: dict[str, Any]) -> None:
    _say(schema, words.get("_"))
    for name, one in schema.get("properties", {}).items():
        _say(one, words.get(name, _WORDS["properties"].get(name)))


def _say(what: Schema, words: str | list[Any] | None) -> None:
    """Add a meaning, and an example where there is one, unless it says what it means itself."""
    if words is None or "description" in what:
        return
    meaning, *examples = [words] if isinstance(words, str) else words
    what["description"] = meaning
    if examples and "examples" not in what:
        what["examples"] = examples


def _secure(operation: Schema, *, tokens_required: bool) -> None:
    name = operation["operationId"]
    if name in _OPEN:
        operation["security"] = []
    elif name in _SIGNED:
        operation["security"] = [{SIGNATURE: []}]
    elif (scope := SCOPES.get(name)) is not None:
        needed: Schema = {TOKEN: [scope]}
        operation["responses"].setdefault("429", responses(429)[429])
        operation["security"] = [needed] if tokens_required else [{}, needed]
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()

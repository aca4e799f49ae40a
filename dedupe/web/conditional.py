"""Entity tags (RFC 9110): an answer that the client has already is told without being sent again."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header
from starlette.responses import Response

IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="the ETag of an answer that you have (or several, or *): 304 while it holds",
        examples=['"Zm9vYmFyYmF6cXV4cXV1eA"'],
    ),
]
_ETAG = {"ETag": {"description": "of exactly this answer", "schema": {"type": "string"}}}
CONDITIONAL: dict[int | str, dict[str, Any]] = {
    200: {"headers": _ETAG},
    304: {"description": "The answer that you have still holds", "headers": _ETAG},
}
"""How a route that answers with an entity tag is declared."""

_TAGS = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_CACHED = "private, no-cache"  # kept by the client alone, and asked for each time


def tagged(content: bytes, if_none_match: str | None) -> Response:
    """The answer with its tag, or 304 for a client that has it.

    The tag is strong: a hash of the answer, byte for byte. It is compared weakly, as RFC 9110 says of
    If-None-Match, since a proxy that compresses may have weakened it.
    """
    tag = f'"{urlsafe_b64encode(sha256(content).digest()[:16]).decode().rstrip("=")}"'
    headers = {"ETag": tag, "Cache-Control": _CACHED}
    if if_none_match is not None and (if_none_match.strip() == "*" or tag in _TAGS.findall(if_none_match)):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")

"""`docs/reference/problems.md`, made from the types of problems over HTTP."""

from http import HTTPStatus

import dedupe.web.problem_types  # noqa: F401  # names them
from dedupe.web.problem_type import SPACE, TYPES
from tools.markdown import paragraph, table

_HEAD = """\
<!-- made by `python -m tools.reference_pages`; change the types in dedupe/web/problem_types.py -->

# Problems over HTTP
"""
_INTRODUCTION = f"""
Every error of the API is `application/problem+json` (RFC 9457). Its `type` is `{SPACE}` followed by a name of
below; programs go by that, since the words of `detail` may change with any release. An answer whose status
says all there is (400, 401, 403, 405, 408, 421, 500) has the type `about:blank`. No answer repeats what was
sent.
"""


def page() -> str:
    parts = [_HEAD, paragraph(_INTRODUCTION)]
    for status in sorted({kind.status for kind in TYPES}):
        parts.append(f"## {status} {HTTPStatus(status).phrase}\n")
        rows = [[f"`{kind.name}`", kind.when, kind.remedy] for kind in TYPES if kind.status == status]
        parts.append(table(["type", "when", "what to do"], rows))
    return "\n".join(parts).rstrip() + "\n"

"""`docs/reference/views.md`, made from the contract of the views."""

from dedupe.storage.tables.columns import PUBLIC_SCHEMA
from dedupe.storage.tables.views import PUBLIC_VIEWS
from tools.markdown import paragraph, table

_HEAD = """\
<!-- made by `python -m tools.reference_pages`; change the meanings in dedupe/storage/tables/views.py -->

# The SQL views
"""
_INTRODUCTION = """
Programs that read Postgres themselves read the views of the schema `dedupe_v1`; tables in `dedupe` may change
with any release. A column of a view keeps its name, type and meaning; columns may be added behind. The
comments in the database say the same (`\\d+ dedupe_v1.golden_contacts` in psql), and a test holds all of it.
What is read here is not in the access log. Grant a program what it may see:
"""
_GRANT = """\
```sql
GRANT USAGE ON SCHEMA dedupe_v1 TO reports;
GRANT SELECT ON dedupe_v1.source_links TO reports;
```
"""


def page() -> str:
    parts = [_HEAD, paragraph(_INTRODUCTION), _GRANT]
    for name, view in PUBLIC_VIEWS.items():
        parts.append(f"## `{PUBLIC_SCHEMA}.{name}`\n\n{view.meaning}\n")
        rows = [[f"`{one.name}`", one.type, one.meaning] for one in view.columns]
        parts.append(table(["column", "type", "meaning"], rows))
    return "\n".join(parts).rstrip() + "\n"

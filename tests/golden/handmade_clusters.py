"""Contacts and clusters made by hand, in the shape that the rooms before this one hand over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.schemas import CLUSTERS, CONTACTS

Row = dict[str, Any]


def email(value: str, attested: str = "unknown", marks: Sequence[str] = ()) -> Row:
    return {"given": value, "value": value, "keys": [value], "marks": list(marks), "attested": attested}


def phone(value: str, attested: str = "unknown", marks: Sequence[str] = ()) -> Row:
    return email(value, attested, marks) | {"type": "mobile", "region": "GB"}


def name(full: str, attested: str = "unknown") -> Row:
    parts = full.split()
    return {
        "given": full,
        "value": full,
        "given_name": parts[0],
        "family_name": parts[-1] if len(parts) > 1 else None,
        "attested": attested,
    }


def row(key: str, **fields: Any) -> Row:
    """A contact `source:external_id`; emails, phones and names may be texts; `day` is when it changed."""
    source, external_id = key.split(":")
    kinds: dict[str, Callable[[str], Row]] = {"emails": email, "phones": phone, "names": name}
    for field, make in kinds.items():
        fields[field] = [make(each) if isinstance(each, str) else each for each in fields.get(field, [])]
    if "company" in fields:
        fields["company"] = {"given": fields["company"], "value": fields["company"]}
    if "day" in fields:
        fields["changed_at"] = datetime(2026, 1, fields.pop("day"), tzinfo=UTC)
    return {"kind": "person", "source": source, "external_id": external_id, **fields}


def contacts(rows: Iterable[Row]) -> pa.Table:
    ordered = sorted(rows, key=lambda each: (each["source"].encode(), each["external_id"].encode()))
    return pa.Table.from_pylist([{"contact": n, **each} for n, each in enumerate(ordered)], schema=CONTACTS)


def clusters(table: pa.Table, *groups: Sequence[str]) -> pa.Table:
    """The partition with these groups of `source:external_id`; everybody else is alone."""
    number = {
        f"{each['source']}:{each['external_id']}": each["contact"]
        for each in table.select(["contact", "source", "external_id"]).to_pylist()
    }
    cluster = {n: n for n in number.values()}
    for group in groups:
        members = [number[key] for key in group]
        cluster |= dict.fromkeys(members, min(members))
    return pa.table({"contact": list(cluster), "cluster": list(cluster.values())}, schema=CLUSTERS)


def partition(of: Sequence[int]) -> pa.Table:
    """Contact i stands with all that have its label; clusters are named by their smallest contact."""
    first: dict[int, int] = {}
    cluster = [first.setdefault(each, n) for n, each in enumerate(of)]
    return pa.table({"contact": list(range(len(of))), "cluster": cluster}, schema=CLUSTERS)


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    order = np.random.default_rng(seed).permutation(table.num_rows)
    return table.take(pa.array(order.tolist(), pa.int64()))

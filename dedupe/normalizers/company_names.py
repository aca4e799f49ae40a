"""Names that are the contact's company (`Blue River` of Blue River Inc.): nobody's."""

import numpy as np

from dedupe.arrays.joining import joined
from dedupe.arrays.untyped import pa, pc
from dedupe.name_lists.lists import given_names
from dedupe.normalizers.contact_values import Elements, rejections

_OWNERS_UP_TO = 13
"""Bits of a given name up to which whose it is may have named the company after himself. Chosen."""


def without_company_names(names: Elements, company: Elements) -> Elements:
    """The names without those that are the company, which are rejected; a name that begins with a usual given
    name stays."""
    key = pc.struct_field(company.values, "key").take(pa.array(names.rows))
    asked = np.flatnonzero(pc.is_valid(key).to_numpy(zero_copy_only=False))
    parts = [
        pc.struct_field(names.values, part).take(pa.array(asked)) for part in ("first", "middle", "last")
    ]
    whole = joined([pc.if_else(pc.equal(part, ""), None, part) for part in parts], " ")
    same = pc.fill_null(pc.equal(whole, key.take(pa.array(asked))), False)
    told = np.flatnonzero(same.to_numpy(zero_copy_only=False))
    firms = [not _may_be_an_owner(text) for text in whole.take(pa.array(told)).to_pylist()]
    bad = asked[told[np.array(firms, dtype=bool)]]
    if not len(bad):
        return names
    kept = np.setdiff1d(np.arange(len(names.rows)), bad)
    given = pc.struct_field(names.values, "given").take(pa.array(bad))
    refused = rejections("name", given, pa.repeat("the company", len(bad)))
    return Elements(
        names.rows[kept],
        names.values.take(pa.array(kept)),
        np.concatenate([names.rejected_rows, names.rows[bad]]),
        pa.concat_arrays([names.rejected, refused]),
    )


def _may_be_an_owner(folded: str) -> bool:
    first, _, rest = folded.partition(" ")
    listed = given_names().get(first)
    return bool(rest) and listed is not None and listed.bits <= _OWNERS_UP_TO

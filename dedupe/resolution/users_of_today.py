"""Who uses the values of some contacts today, told from all who hold them (by the index of match keys)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays.numpy_columns import integers, rising, texts
from dedupe.errors import IndexUnusable
from dedupe.golden.judged_values import JudgedValue, judged
from dedupe.matching.blocking.match_keys import settled_keys, value_keys
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.present_users import with_present_users
from dedupe.matching.term_frequencies import TermFrequencies, count_value_users
from dedupe.resolution.code_state import code_hash
from dedupe.storage import contacts as contact_store
from dedupe.storage import match_index
from dedupe.storage.database import Connection


def of_today(
    connection: Connection,
    saved: TermFrequencies,
    features: Features,
    seeds: Sequence[str],
    judgements: Sequence[JudgedValue],
    staff: bool,
) -> TermFrequencies:
    """Saved term frequencies with who uses the values of these contacts by now, as the index has it.

    As they were saved where no index can be used: before the first night, after an update of the code, and
    where it is damaged.
    `seeds[i]` is the id of contact i of `features`; `judgements` are the live decisions about values.
    """
    keys = rising(integers(value_keys(features)["key"]))
    try:
        match_index.usable(connection, code_hash())
        held = match_index.holders(connection, keys[~np.isin(keys, settled_keys(saved))])
    except IndexUnusable:
        return saved
    everyone = sorted({*seeds, *texts(held["source_contact_id"].unique())})
    live = contact_store.live(connection, everyone)
    contacts = judged(live.table, judgements, live.keys["id"].combine_chunks())
    users = count_value_users(build_features(contacts, staff), saved.tables["birth"])
    return with_present_users(saved, users)

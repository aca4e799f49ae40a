"""Comparison of the mailbox that two contacts use: at whose domain it is, how it was made, and whether its
holders are at one."""

from __future__ import annotations

import numpy as np

from dedupe.matching.comparisons.definitions import EMAIL, MAILBOX, SILENT
from dedupe.matching.comparisons.local_parts import holds_users_name
from dedupe.matching.comparisons.result import Levels
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Ids, Positions
from dedupe.matching.term_frequencies import MARKED, FrequencyTable

_LEVELS = np.array(
    [
        [
            [MAILBOX.index(f"{where}_{made}{contested}") for made in ("own", "named")]
            for where in ("organisation", "provider")
        ]
        for contested in ("", "_contested")
    ],
    dtype=np.int8,
)
"""[contested, at a provider, made of the name]"""


def mailbox_levels(
    features: Features,
    contested: FrequencyTable,
    level: Levels,
    address: Ids,
    left: Positions,
    right: Positions,
) -> Levels:
    """Levels of the mailboxes (`address`) of pairs at these levels of EMAIL; silent where they use none
    together.

    `contested`: the mailboxes whose holders tell too many different things (`term_frequencies`).
    """
    emails = features.emails
    rows = np.flatnonzero(level >= EMAIL.index("shared_by_many"))
    used = address[rows]
    local = emails.local_of[used]
    named = holds_users_name(features, local, left[rows]) | holds_users_name(features, local, right[rows])
    found = np.full(len(level), np.int8(SILENT))
    told = contested.of(emails.untagged[used]) == MARKED
    found[rows] = _LEVELS[told.astype(np.int8), emails.free[used].astype(np.int8), named.astype(np.int8)]
    return found

"""The journeys of a night: contacts collected from sources, matched, merged, published and measured.

Others may use `collecting`, `watching`, `importing`, `reading`, `live_changes` with `telling_sources`,
`live_merging`, `merging`, `record_linkage`, `evaluating`, `auditing`, `erasure`, and their settings and
reports.
"""

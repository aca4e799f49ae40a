"""The journeys of a night: contacts collected from sources, matched, merged, published and measured.

Others may use `collecting`, `importing`, `reading`, `merging`, `record_linkage`, `evaluating`, `auditing`,
`erasure`, and their settings and reports.
"""

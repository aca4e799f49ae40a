"""Training of match models: without labels, by decisions, and the thresholds for an error budget.

Others may use `em`, `agreement_patterns`, `pair_sampling`, `name_collisions`, `calibration`, `recalibration`,
`thresholds` and `error_budget`.
"""

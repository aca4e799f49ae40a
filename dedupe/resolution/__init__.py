"""Scored pairs to what a run publishes: one core for a night, a dry run, a decision and an erasure.

For `pipeline` and `review`, which know how the pairs were found: `clusters`, `links` and `outcome`; and what
both weigh pairs by between full runs: `users_of_today`, `code_state`.
"""

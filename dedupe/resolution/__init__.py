"""From scored pairs to what a run publishes: the one core of a night, a dry run, a decision and an erasure.

For `pipeline` and `review`, which know how the pairs were found: `clusters`, `links` and `outcome`.
"""

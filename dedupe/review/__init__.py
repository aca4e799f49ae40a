"""The review queue and what people decide: what the pages, the API and the command line call.

Others may use `queue`, `deciding`, `publish_decision`, `auditing`, `similar`, `people`, `published_scorer`,
`labelled_pairs`, `who` with `described` and `served_scorer`, and the package `explain`.
"""

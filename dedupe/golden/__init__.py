"""Clusters to golden contacts: survivorship rules, golden ids, differences between live and staged, the
publish gate. Pure.

Others use: `staging`, `differences`, `gate`, `rows`, `links`, `survivorship`, `judged_values`, `pinning`,
`tables`, `offers`.
"""

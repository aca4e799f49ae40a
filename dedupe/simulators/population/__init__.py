"""Messy people with the truth, and how each provider holds them: a pure function of a seed. Data is in
`data`.

Others use `population.population`, `records`, `export`, and `nights` for news.
"""

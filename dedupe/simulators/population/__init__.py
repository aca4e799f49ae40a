"""Synthetic people with the truth, and the records that each provider has of them: a pure function of a
seed. Data is in `data`.

Others use `population.population`, `records`, `export`, and `nights` for the changes of a night.
"""

"""Generated files in which one fact of the world is switched on at a time: `python -m benchmarks.made_up`.

`catalogue.made_up` gives them as subjects with the truth.
"""

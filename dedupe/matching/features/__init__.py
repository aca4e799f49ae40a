"""Features: contacts as columns of encoded distinct values, which blocking and comparisons work on.

Others may use `build.build_features` and its `Features`.
"""

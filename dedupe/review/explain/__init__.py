"""Why two contacts are or aren't one golden contact: the explanation steps, the pair, the cluster merge.

Others may use `pair.why_not`, `scored_pair`, `waterfall.svg` and `resolve_reference`.
"""

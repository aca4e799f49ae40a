"""The match model: match weights from comparison levels and term frequencies, priors, and the shipped model.

Others may use `match_model`, `default`, `scoring` and `priors.prior_model`.
"""

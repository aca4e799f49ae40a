"""Names of the world as data: how usual a given or family name is where it is most usual, and whose sex.

Others use `given_names` and `family_names`.
"""

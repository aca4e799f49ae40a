"""What the simulators share: a small HTTP server, changing contacts, faults and rate limits.

Others use `simulator`, `faults` and `http`.
"""

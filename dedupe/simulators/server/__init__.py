"""What the simulators share: a small HTTP server, contacts that change, faults to switch on, rate limits.

Others use `simulator`, `faults` and `http`.
"""

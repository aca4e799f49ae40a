"""Webhooks: which delivery is the source's own (`signatures`), and which changes it tells (`events`).

Pure: nothing is stored here, and nothing is asked over the network.
"""

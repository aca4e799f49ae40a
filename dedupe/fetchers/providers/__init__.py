"""The five providers, the Chatwoot family that two of them are, and providers `declared` in the
configuration.

Others reach them through `fetchers.registry` alone; `declared` also tells the mistakes of a declaration.
"""

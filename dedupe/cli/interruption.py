"""The exit code and message of an interrupted command. Imports nothing, so that it can be loaded first."""

INTERRUPTED = 130
"""The exit code, as shells count: 128 and SIGINT."""

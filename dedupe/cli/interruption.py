"""How the command ends when it is interrupted. Imports nothing, so that it is there before all else."""

INTERRUPTED = 130
"""The exit code, as shells count: 128 and SIGINT."""

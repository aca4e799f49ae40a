"""The command line: parses, calls one use case, presents. `starting.main` is the command's entry point.

Nothing outside imports from here.
"""

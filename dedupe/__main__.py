"""`python -m dedupe` is the command `dedupe`."""

from dedupe.cli.starting import main

if __name__ == "__main__":
    main()

"""Everything about Postgres: connections, locks, COPY, and one module for each subject. Takes a connection,
never commits.

Others import its modules by subject; `tables` is for this room and tests, `embedded` for `database` and the
demo.
"""

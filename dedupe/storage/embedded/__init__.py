"""The embedded PostgreSQL: binaries of a package, life cycle ours. Others use `server.Embedded`."""

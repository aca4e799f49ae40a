"""The embedded PostgreSQL, from the binaries of a package. Others use `server.Embedded`."""

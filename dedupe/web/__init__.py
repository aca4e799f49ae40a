"""The API under /v1 and the pages: parse, call one use case, present. Others use `starting` and `serving`."""

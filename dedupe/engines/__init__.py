"""Engines that run batches. Others use `engine.Engine`, the protocol; `wiring` chooses `local`, which is
DuckDB."""

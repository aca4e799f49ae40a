"""Where settings become parts: the only place that chooses implementations."""

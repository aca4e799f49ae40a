"""The flow: one screen for each journey."""

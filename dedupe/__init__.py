"""Finds who is who among the contacts of many providers and keeps one golden contact a person."""

__version__ = "0.1.0"

"""Helpers on Arrow columns that every room above may use: `joining` puts texts together row by row."""

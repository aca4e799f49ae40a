"""The five providers as local HTTP servers, and a population of messy people with the truth."""

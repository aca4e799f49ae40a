"""The review queue and what people decide: what the page, the API and the command line call."""

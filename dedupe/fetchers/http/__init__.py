"""The one way to a provider: authentication, rate limit, deadline, retries, bounds on what is read,
errors by recovery.

Others use `client.Api`; providers also `request`, `responses`, `page_prefetch`, `oauth`, `urls`; `raw_json`
keeps the text of objects as it was sent.
"""

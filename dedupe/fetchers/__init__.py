"""Contacts from providers and files: `fetch` walks the network, `read` maps payloads; nothing is stored
or decided here.

Others use: `fetcher` (the protocol), `registry` (which fetcher serves which provider), `files.read`, `given`,
`payloads`, `limits`, `settings`, `healthcheck`, `schema_drift`, `http.client`, `live_change`, `webhooks`.
"""

"""Who somebody is, by the word of others: an authenticating proxy's headers, or an OpenID provider.
Others use `proxy.ProxyHeaders`, `oidc.OpenIdProvider` and `roles.Roles`."""

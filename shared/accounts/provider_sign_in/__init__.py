"""Sign-in with OpenID Connect providers: authorization code flow, linking, and logout by a provider."""

"""The account's OIDC provider, roles for GitHub and state backend, as a Pulumi program."""

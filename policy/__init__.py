"""The project's own rules for what may be deployed; docs/policies.md lists them."""

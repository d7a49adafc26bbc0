"""The policy pack: rules for all deployed resources; docs/policies.md lists them."""

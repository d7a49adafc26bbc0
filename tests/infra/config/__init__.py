"""The configuration of a stack."""

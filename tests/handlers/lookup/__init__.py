"""The lookup function."""

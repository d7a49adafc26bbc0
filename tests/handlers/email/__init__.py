"""The email function."""

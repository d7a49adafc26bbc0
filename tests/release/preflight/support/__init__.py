"""Planned stacks, and accounts to check them in."""

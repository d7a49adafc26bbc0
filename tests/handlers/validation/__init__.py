"""Validation of an order."""

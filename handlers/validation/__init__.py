"""Validation of an order: the request model and its rules."""

"""Stored orders."""

"""Recorded resource graphs."""

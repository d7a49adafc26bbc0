"""Tests of `bootstrap/`."""

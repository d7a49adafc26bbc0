"""Tests of `local/deployment/`."""

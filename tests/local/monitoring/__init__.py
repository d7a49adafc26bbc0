"""Tests of `local/monitoring/`."""

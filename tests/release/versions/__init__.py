"""Tests of record, canary and rollback."""

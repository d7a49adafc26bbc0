"""Tests for the operator's command line."""

"""Support of these tests."""

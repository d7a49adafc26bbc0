"""Support for the permission tests."""

"""Support for the fault tests."""

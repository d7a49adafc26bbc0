"""Support for the tests of the handlers."""

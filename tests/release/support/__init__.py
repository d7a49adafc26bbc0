"""Support for the tests of the release commands."""

"""Support for the tests of orderctl."""

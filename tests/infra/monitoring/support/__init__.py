"""Support for the tests of alarms."""

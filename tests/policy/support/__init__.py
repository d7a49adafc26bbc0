"""Support for the tests of the policy pack."""

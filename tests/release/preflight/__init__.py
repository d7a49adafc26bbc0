"""Tests of the preflight checks, on canned responses of AWS."""

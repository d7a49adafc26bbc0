"""Tests of the calculation of costs."""

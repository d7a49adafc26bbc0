"""Measurements, which are not tests: they print figures and judge nothing."""

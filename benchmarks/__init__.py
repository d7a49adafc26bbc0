"""Benchmarks, which print figures and check no limits."""

"""Each IAM permission that the functions' code uses, removed from a deployed stack, one at a time.

A `Probe` (`probes.py`) says what a client does that needs the permission, what it sees without it,
and what it does once the permission is back. One file for each stack: the test run splits by file.
"""

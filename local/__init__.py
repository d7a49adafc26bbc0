"""The embedded AWS: runs the same Pulumi program against an emulator on this machine.

A development convenience. State, diffs and updates are the real Pulumi engine's business; on AWS nothing of
this package is used.
"""

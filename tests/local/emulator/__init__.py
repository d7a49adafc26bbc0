"""Tests of `local/emulator/`."""

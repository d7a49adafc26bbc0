"""Deployments to the emulator: from a stack's settings to its resources, and their updates."""

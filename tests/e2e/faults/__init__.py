"""Faults at every stage of a deployed stack."""

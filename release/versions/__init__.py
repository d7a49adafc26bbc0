"""The live version of each function: its record, canary releases and rollback (docs/canary.md)."""

"""An order: its stored form, its table, its scope."""

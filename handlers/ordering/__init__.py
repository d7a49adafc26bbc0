"""An order: its rules, its identity, and the one write that stores it."""

"""The processor function."""

"""The email Lambda: one confirmation per order event."""

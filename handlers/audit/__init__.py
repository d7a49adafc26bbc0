"""The audit Lambda: one append-only record per order event."""

"""The processor Lambda: one conditional write per order of the order queue."""

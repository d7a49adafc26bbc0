"""The processor Lambda: every order in the order queue becomes one conditional write."""

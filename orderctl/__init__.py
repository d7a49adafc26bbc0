"""orderctl, the operator's command line: what became of an order, what is dead-lettered, and how to bring it back."""

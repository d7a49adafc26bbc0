"""The proxy, the deployed stack, the faults and the table of them."""

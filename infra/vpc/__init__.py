"""Functions in a VPC, and the VPC endpoints that they need."""

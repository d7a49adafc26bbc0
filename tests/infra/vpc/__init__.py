"""Functions in a VPC."""

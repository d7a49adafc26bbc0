"""API Gateway."""

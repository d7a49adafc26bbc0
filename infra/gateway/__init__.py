"""API Gateway, the API entry point: an HTTP API or a REST API."""

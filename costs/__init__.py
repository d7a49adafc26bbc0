"""What orders cost on AWS: prices, what an order uses of each service, and the calculation."""

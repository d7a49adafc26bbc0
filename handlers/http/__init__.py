"""What every function behind the API shares: its requests, its answers, and who may read them."""

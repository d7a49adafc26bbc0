"""The orders Lambda: `POST /orders` becomes one conditional write."""

"""The intake Lambda: where orders are queued, `POST /orders` becomes one message."""

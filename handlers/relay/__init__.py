"""The relay Lambda: what the orders table's stream reports as new is published to the topic."""

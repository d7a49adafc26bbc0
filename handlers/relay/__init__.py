"""The relay Lambda: publishes new orders of the table's stream to the topic."""

"""What happens in a local stack: events from logs, metrics, and the states of alarms."""

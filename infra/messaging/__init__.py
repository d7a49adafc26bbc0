"""SNS topic, SQS queues, dead-letter queues and event source mappings."""

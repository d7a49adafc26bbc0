"""Topic, queues and event source mappings."""

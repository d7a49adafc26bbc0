"""The intake Lambda (`ingestion: queued`): one message per order."""

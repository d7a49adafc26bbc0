"""The orders Lambda (`ingestion: direct`): one conditional write per order."""

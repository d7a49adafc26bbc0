"""The promises of docs/guarantees.md, checked with generated examples."""

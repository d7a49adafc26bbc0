"""The promises of docs/guarantees.md, each held against a hundred generated examples or more."""

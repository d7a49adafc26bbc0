"""The smoke test: one synthetic order through a deployed stack (docs/smoke-test.md)."""

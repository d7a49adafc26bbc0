"""The lookup Lambda: authenticated callers read stored orders."""

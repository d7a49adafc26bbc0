"""Code that a promise depends on: the product without it, and the tests that fail then."""

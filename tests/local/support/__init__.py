"""Programs and servers that the tests of the embedded AWS deploy and call."""

"""Lambda functions and bundles."""

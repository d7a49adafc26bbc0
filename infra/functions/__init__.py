"""Lambda functions: bundle, role, log group, alias, concurrency."""

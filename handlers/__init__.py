"""The Lambda functions' code: one package per function, and the packages that they share."""

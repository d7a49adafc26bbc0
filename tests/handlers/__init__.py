"""The handlers against a mocked AWS account."""

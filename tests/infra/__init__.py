"""Tests of `infra/`: what the program registers with Pulumi mocks, for every stack."""

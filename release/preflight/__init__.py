"""Preflight: what an AWS account needs before `pulumi up`, checked with read-only calls."""

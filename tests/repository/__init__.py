"""Tests of the repository: workflows, requirements, shipped stack files."""

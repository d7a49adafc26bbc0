"""Fixtures of these tests."""

from tests.pipeline.support.fake_github import github

__all__ = ["github"]

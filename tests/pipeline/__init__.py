"""Tests of what the workflows do besides the project's commands."""

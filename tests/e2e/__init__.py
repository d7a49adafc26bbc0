"""Tests that deploy to the embedded AWS and go in through HTTP."""

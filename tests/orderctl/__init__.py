"""Tests of orderctl, the operator's command line."""

"""Tests of the release commands, against mocks of AWS and the embedded AWS."""

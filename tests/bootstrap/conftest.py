"""The recorded graphs of every stack, shared with the tests of the program."""

from tests.infra.conftest import _shared_recordings

__all__ = ["_shared_recordings"]

"""The recorded graphs of every stack, shared with the tests of the program."""

from tests.infra.conftest import _shared_recordings, customised, graph, stack_file

__all__ = ["_shared_recordings", "customised", "graph", "stack_file"]

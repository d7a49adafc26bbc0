"""The recorded graphs of every stack, which the tests of the program use as well."""

from tests.infra.conftest import _shared_recordings, customised, graph, stack_file

__all__ = ["_shared_recordings", "customised", "graph", "stack_file"]

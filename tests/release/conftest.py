"""One mocked account for all tests of this folder, empty at the start of each."""

from tests.orderctl.support.fixtures import operator, shared_operator

__all__ = ["operator", "shared_operator"]

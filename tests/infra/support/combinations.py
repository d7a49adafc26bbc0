"""Stacks of every kind: each gateway with each way of ingestion, and with callers who may read."""

from __future__ import annotations

import functools
import itertools
from typing import NamedTuple

from tests.infra.support.graph import Graph, record, settings
from tests.support.stacks import SHIPPED


class Combination(NamedTuple):
    """One choice of each."""

    gateway: str
    ingestion: str


EVERY = [Combination(*each) for each in itertools.product(("http", "rest"), ("direct", "queued"))]

# Both gateways and both ways of ingestion, for what is the same however they are combined.
EITHER = [EVERY[0], EVERY[-1]]

# Both gateways support IAM; with it there are lookups, so every function exists.
_OWN = {"auth": "iam", "reservedConcurrency": "{}"}


@functools.cache
def combined(combination: Combination, *, preview: bool = False, **config: str) -> Graph:
    """A stack of a combination, some of whose other keys are set."""
    return record(
        settings(SHIPPED["dev"], **{**_OWN, **combination._asdict(), **config}), preview=preview
    )

"""Batches that an AWS call takes: limited by a number of entries, and by their size in bytes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Entry = TypeVar("_Entry")


def batches(
    entries: Iterable[_Entry], *, most: int, most_bytes: int, size: Callable[[_Entry], int]
) -> Iterator[list[_Entry]]:
    """Split entries into batches, in their order; an entry that is too large by itself is a batch of its own."""
    batch: list[_Entry] = []
    total = 0
    for entry in entries:
        entry_size = size(entry)
        if batch and (len(batch) == most or total + entry_size > most_bytes):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += entry_size
    if batch:
        yield batch

"""Pages of a long list, and searches whose text is in no URL."""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

PAGE_SIZE = 50
_NUMBER = re.compile("[1-9][0-9]{0,5}")
_MAX_SEARCHES = 100


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list; `count` is the length of the whole list, and pages count from 1."""

    items: Sequence[T]
    number: int
    pages: int
    count: int

    @classmethod
    def of(cls, items: Sequence[T], number: str) -> Page[T]:
        """Return the page that a URL names; the first or the last one where it names none."""
        pages = max(1, -(-len(items) // PAGE_SIZE))
        wanted = min(int(number) if _NUMBER.fullmatch(number) else 1, pages)
        shown = items[(wanted - 1) * PAGE_SIZE : wanted * PAGE_SIZE]
        return cls(items=shown, number=wanted, pages=pages, count=len(items))


class Searches:
    """The latest searches for personal data, by IDs that can be in a URL."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def remember(self, text: str) -> str:
        """Return a new ID for a text."""
        with self._lock:
            search_id = secrets.token_hex(8)
            self._texts[search_id] = text
            while len(self._texts) > _MAX_SEARCHES:
                self._texts.popitem(last=False)
            return search_id

    def text_of(self, search_id: str) -> str | None:
        """Return the text of a search; None for one that is not known, or not any more."""
        with self._lock:
            return self._texts.get(search_id)

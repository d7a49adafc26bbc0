"""Query parameters: a path refuses those that it does not know."""

from collections.abc import Collection, Mapping

from handlers.validation.rejection import Violation


def unknown_parameters(query: Mapping[str, str], known: Collection[str] = ()) -> list[Violation]:
    """Return a violation for each query parameter that a path does not know."""
    # Clients make these names up, so logs and metrics call them all `?`.
    return [
        Violation(name, "Is not a parameter of this path", rule="?")
        for name in query
        if name not in known
    ]

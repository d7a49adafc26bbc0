"""`python -m infra.config --write` writes the generated documents, `--check` checks them."""

import sys
from pathlib import Path

from infra.config import documents


def main(arguments: list[str], root: Path = documents.ROOT) -> int:
    """Write or check the documents; return the exit code."""
    if arguments == ["--write"]:
        documents.write(root)
        return 0
    if arguments != ["--check"]:
        sys.stderr.write("Usage: python -m infra.config --write | --check\n")
        return 2
    if stale := documents.stale(root):
        sys.stderr.write(f"Out of date: {', '.join(stale)}; run: make docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

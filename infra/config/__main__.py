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
    stale = documents.stale(root)
    sys.stderr.writelines(f"{path} is not up to date; write it with: make docs\n" for path in stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

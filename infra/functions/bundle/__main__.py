"""`python -m infra.functions.bundle` builds all bundles, and prints their paths.

A pipeline builds them once, without credentials, and every deployment downloads them. `--digest`
prints the digest of the bundles; `--check DIGEST` builds nothing, and fails where the bundles in
`.bundles/` are not those of this commit or have another digest.
"""

from __future__ import annotations

import argparse
import hashlib
from typing import TYPE_CHECKING

from infra.functions.bundle import BundleError, Bundler

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def digest_of_files(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of what `sha256sum` prints for files, in the order of their names."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(paths, key=lambda path: path.name)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check(bundler: Bundler, expected: str) -> None:
    """Raise an error if the cache has other bundles than those with the digest."""
    digest = digest_of_files(bundler.find_all())
    if digest != expected:
        raise BundleError(
            f"The bundles in {bundler.cache} have the digest {digest}, and not {expected}: "
            "they are not those that were built."
        )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    command = argparse.ArgumentParser(prog="python -m infra.functions.bundle", allow_abbrev=False)
    action = command.add_mutually_exclusive_group()
    action.add_argument("--digest", action="store_true", help="print their digest instead")
    action.add_argument("--check", metavar="DIGEST", help="build nothing, compare the digest")
    return command


def _main() -> None:
    command = parser()
    arguments = command.parse_args()
    bundler = Bundler(with_dependencies=True)
    try:
        if arguments.check is not None:
            check(bundler, arguments.check)
            return
        paths = bundler.bundle_all()
    except BundleError as error:
        command.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        command.exit(130, "\nInterrupted; the bundles that are complete stay.\n")
    lines = [digest_of_files(paths)] if arguments.digest else map(str, paths)
    print(*lines, sep="\n")  # noqa: T201


if __name__ == "__main__":
    _main()

"""Reproducible zip files."""

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Zip files start in 1980; a fixed timestamp makes them reproducible.
_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)


def write_atomically(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files, by path, into a zip file that exists completely or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        path = Path(scratch) / target.name
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _TIMESTAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # Unix, so that the mode below applies
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, files[name])
        path.replace(target)

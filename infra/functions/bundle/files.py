"""Files of bundles, by path: digests, folders, and reproducible zip files."""

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Zip files start in 1980; a fixed timestamp makes them reproducible.
_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)


def digest_of(context: bytes, files: Mapping[str, bytes]) -> str:
    """Return 16 digits that change with the context, and with paths and contents of the files."""
    digest = hashlib.sha256(context)
    for name in sorted(files):
        digest.update(f"\0{name}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()[:16]


def write_into(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which need not exist."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


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

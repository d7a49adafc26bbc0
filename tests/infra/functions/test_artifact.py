"""The bundles as one artifact: what a build uploads is what a deployment finds, or an error."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from infra.functions.bundle import LAMBDA, BundleError, Bundler, Target
from infra.functions.bundle.__main__ import check, digest_of_files
from tests.support.wheels import handlers_folder, require

if TYPE_CHECKING:
    from pathlib import Path

_TARGET = dataclasses.replace(
    Target.of_this_machine(), platforms=LAMBDA.platforms, interpreter=None
)


def _bundler(folder: Path) -> Bundler:
    return Bundler(
        with_dependencies=True,
        handlers=folder / "handlers",
        cache=folder / ".bundles",
        target=_TARGET,
    )


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout of a build job, with all bundles."""
    folder = tmp_path_factory.mktemp("build")
    require(handlers_folder(folder / "handlers", "orders", "audit"))
    _bundler(folder).bundle_all()
    return folder


@pytest.fixture
def deployment(build: Path, tmp_path: Path) -> Path:
    """The checkout of a deployment's job with the artifact, where pip would find no package."""
    shutil.copytree(build / "handlers", tmp_path / "handlers")
    (tmp_path / ".bundles").mkdir()
    for pattern in ("*.zip", "*.json"):
        for path in (build / ".bundles").glob(pattern):
            shutil.copyfile(path, tmp_path / ".bundles" / path.name)
    requirements = tmp_path / "handlers" / "requirements.txt"
    assert str(build / "wheels") in requirements.read_text(encoding="utf-8")
    return tmp_path


def test_a_deployment_uses_what_was_built(build: Path, deployment: Path) -> None:
    """With the artifact, a deployment passes the check and gets the same bytes, without pip."""
    built = _bundler(build).bundle_all()
    (build / "wheels").rename(build / "gone")
    try:
        check(_bundler(deployment), digest_of_files(built))
        used = _bundler(deployment).bundle_all()
    finally:
        (build / "gone").rename(build / "wheels")
    assert [path.parent for path in used] == [deployment / ".bundles"] * 2
    assert [path.read_bytes() for path in used] == [path.read_bytes() for path in built]
    assert list((deployment / ".bundles").glob("dependencies-*")) == []


def test_changed_bytes_are_refused(build: Path, deployment: Path) -> None:
    """A bundle with other bytes under the same name does not pass the check."""
    digest = digest_of_files(_bundler(build).find_all())
    path = _bundler(deployment).find_all()[0]
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(BundleError, match="not those that were built"):
        check(_bundler(deployment), digest)


@pytest.mark.parametrize("change", ["source", "requirements", "missing"])
def test_bundles_of_another_commit_are_refused(build: Path, deployment: Path, change: str) -> None:
    """Bundles of other sources or packages, or too few, are an error, and nothing is built."""
    digest = digest_of_files(_bundler(build).find_all())
    if change == "source":
        (deployment / "handlers" / "orders" / "handler.py").write_text('"""Changed."""\n')
    elif change == "requirements":
        with (deployment / "handlers" / "requirements.txt").open("a") as file:
            file.write("# changed\n")
    else:
        _bundler(deployment).find_all()[-1].unlink()
    before = sorted((deployment / ".bundles").iterdir())
    with pytest.raises(BundleError, match=r"There is no \w+-[0-9a-f]+\.zip"):
        check(_bundler(deployment), digest)
    assert sorted((deployment / ".bundles").iterdir()) == before


def test_the_digest_is_that_of_the_files(build: Path) -> None:
    """The digest covers names and contents of all bundles, as `sha256sum | sha256sum` does."""
    paths = _bundler(build).find_all()
    listing = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths
    )
    expected = hashlib.sha256(listing.encode()).hexdigest()
    assert digest_of_files(reversed(paths)) == expected

"""Lambda bundles: reproducible, cached, complete, and nothing in them that has no place there."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from infra.functions.bundle import LAMBDA, BundleError, Bundler, Target
from tests.support.wheels import ARM64, INTEL, PURE, handlers_folder, require
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path


_THIS = Target.of_this_machine()
# Wheels of Lambda's platforms, for the running Python.
_TARGET = dataclasses.replace(_THIS, platforms=LAMBDA.platforms, interpreter=None)
# A version that no machine has.
_UNKNOWN = dataclasses.replace(_TARGET, python_version="3.99")
_TAG = f"cpython-{sys.version_info.major}{sys.version_info.minor}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of handlers with one made-up dependency, and the folder of what pip installed."""
    folder = handlers_folder(tmp_path_factory.mktemp("installed") / "handlers", "orders", "audit")
    require(folder)
    return _bundler(folder).bundle("orders")


@pytest.fixture
def handlers(installed: Path, tmp_path: Path) -> Path:
    """Handlers of two packages, locked to the dependency, which is not installed yet."""
    return shutil.copytree(installed.parents[1] / "handlers", tmp_path / "handlers")


@pytest.fixture
def dependent(installed: Path, handlers: Path) -> Path:
    """The same handlers, whose dependency is in the cache."""
    _put_into_cache(installed, handlers)
    return handlers


def _put_into_cache(installed: Path, handlers: Path) -> None:
    (dependencies,) = installed.parent.glob("dependencies-*")
    shutil.copytree(dependencies, handlers.parent / "cache" / dependencies.name)


def _bundler(handlers: Path, cache: str = "cache", *, with_dependencies: bool = True) -> Bundler:
    return Bundler(
        with_dependencies=with_dependencies,
        handlers=handlers,
        cache=handlers.parent / cache,
        target=_TARGET,
    )


def _names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_same_sources_make_the_same_bytes(installed: Path, handlers: Path) -> None:
    """Built in different places and at different times, a bundle has the same name and bytes."""
    (handlers / "orders" / "handler.py").chmod(0o755)
    os.utime(handlers / "orders" / "handler.py", (1_000_000_000, 1_000_000_000))
    second = _bundler(handlers).bundle("orders")
    assert second != installed
    assert second.name == installed.name
    assert second.read_bytes() == installed.read_bytes()


def test_bundles_can_be_built_before_there_are_credentials(dependent: Path) -> None:
    """Once every bundle is in the cache, a deployment finds it there and installs nothing."""
    built = _bundler(dependent).bundle_all()
    assert [path.name.partition("-")[0] for path in built] == ["audit", "orders"]
    (dependencies,) = (dependent.parent / "cache").glob("dependencies-*")
    shutil.rmtree(dependencies)
    assert _bundler(dependent).bundle("orders") in built
    assert not dependencies.exists()


def test_entries_have_one_time_and_one_mode(installed: Path) -> None:
    """Every entry of a bundle is a readable file with one fixed timestamp, sorted by name."""
    with zipfile.ZipFile(installed) as archive:
        entries = archive.infolist()
    assert {
        (entry.date_time, entry.external_attr >> 16, entry.create_system) for entry in entries
    } == {((1980, 1, 1, 0, 0, 0), 0o644, 3)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_a_bundle_has_what_its_handler_imports(dependent: Path) -> None:
    """A bundle has the modules that its handler imports, the dependencies, and their bytecode."""
    (dependent / "orders" / "__pycache__").mkdir()
    (dependent / "orders" / "__pycache__" / "handler.cpython-311.pyc").touch()
    (dependent / "common" / "unused.py").touch()
    modules = [
        "handlers/__init__",
        "handlers/orders/__init__",
        "handlers/orders/handler",
        "handlers/common/__init__",
        "tiny/__init__",
    ]
    assert _names(_bundler(dependent).bundle("orders")) == {
        *(f"{module}.py" for module in modules),
        *(f"{folder}/__pycache__/{name}.{_TAG}.pyc" for folder, name in map(_split, modules)),
        "tiny/_speedups.cpython-313-aarch64-linux-gnu.so",
    }


def _split(module: str) -> tuple[str, str]:
    folder, _, name = module.rpartition("/")
    return folder, name


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".DS_Store",
        ".handler.py.swp",
        "handler.py~",
        "#handler.py#",
        ".#handler.py",
        "._handler.py",
        "handler.py.orig",
        "handler copy.py",
        "handler.pyc",
        "Thumbs.db",
        "notes.md",
        ".idea/workspace.py",
        ".vscode/settings.json",
        ".git/hooks.py",
        "__pycache__/handler.py",
        ".mypy_cache/3.13/handler.json",
        "templates/.email.html.swp",
        "templates/credentials.json",
        "credentials.json",
        "passwords.txt",
        "report.html",
        "py.typed",
        "venv/a.py",
        "node_modules/a.py",
        "tests/test_handler.py",
    ],
)
def test_other_files_are_not_bundled(handlers: Path, path: str) -> None:
    """Files of editors, systems and tools are in no bundle and change no bundle's name."""
    before = _bundler(handlers, "a", with_dependencies=False).bundle("orders")
    for package in ("orders", "common"):
        file = handlers / package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("SECRET=1 (no Python)", encoding="utf-8")
    after = _bundler(handlers, "b", with_dependencies=False).bundle("orders")
    assert (after.name, after.read_bytes()) == (before.name, before.read_bytes())


@pytest.mark.parametrize("to", ["file", "folder"])
def test_symbolic_links_are_not_followed(handlers: Path, to: str) -> None:
    """A link may lead out of the sources, so nothing behind one is bundled."""
    before = _bundler(handlers, "a", with_dependencies=False).bundle("orders")
    elsewhere = handlers.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret.py").write_text("KEY = 1", encoding="utf-8")
    link = handlers / "orders" / ("linked.py" if to == "file" else "linked")
    link.symlink_to(elsewhere / "secret.py" if to == "file" else elsewhere)
    after = _bundler(handlers, "b", with_dependencies=False).bundle("orders")
    assert (after.name, after.read_bytes()) == (before.name, before.read_bytes())


@pytest.mark.parametrize("name", ["more.py", "templates/email.html", "templates/email.txt"])
def test_sources_of_every_kind_are_bundled(handlers: Path, name: str) -> None:
    """Modules and templates are part of a bundle, and a change to one makes another bundle."""
    with (handlers / "orders" / "handler.py").open("a", encoding="utf-8") as source:
        source.write("from handlers.orders import more\n")
    before = _bundler(handlers, with_dependencies=False).bundle("orders")
    (handlers / "orders" / name).parent.mkdir(exist_ok=True)
    (handlers / "orders" / name).write_text("1", encoding="utf-8")
    after = _bundler(handlers, with_dependencies=False).bundle("orders")
    assert after.name != before.name
    assert _names(after) - _names(before) == {f"handlers/orders/{name}"}


def test_templates_of_other_packages_are_not_bundled(handlers: Path) -> None:
    """A function has the templates of the packages that it imports alone."""
    (handlers / "audit" / "templates").mkdir()
    (handlers / "audit" / "templates" / "email.txt").touch()
    names = _names(_bundler(handlers, with_dependencies=False).bundle("orders"))
    assert not [name for name in names if name.endswith(".txt")]


def test_line_endings_of_a_checkout_change_nothing(handlers: Path) -> None:
    """A checkout with CRLF makes the same bundle as one with LF."""
    source = handlers / "orders" / "handler.py"
    source.write_bytes(b"A = 1\nB = 2\n")
    before = _bundler(handlers, "a", with_dependencies=False).bundle("orders")
    source.write_bytes(b"A = 1\r\nB = 2\r\n")
    after = _bundler(handlers, "b", with_dependencies=False).bundle("orders")
    assert (after.name, after.read_bytes()) == (before.name, before.read_bytes())


def test_the_repository_checks_out_with_one_line_ending() -> None:
    """`.gitattributes` fixes line endings, so that no user's settings change bundles or scripts."""
    assert "* text=auto eol=lf\n" in (ROOT / ".gitattributes").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["orders", "common"])
@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("A = 1\ndef f(:\n", 2),
        ("if True:\nA = 1\n", 2),
        ("A = '\n", 1),
        ("\n\nreturn 1\n", 3),
        ("A = 1\n\ufeff\n", 2),
    ],
)
def test_a_syntax_error_stops_the_bundle(
    handlers: Path, package: str, source: str, line: int
) -> None:
    """A syntax error stops deployment and preview with file and line, before a bundle exists."""
    (handlers / package / "broken.py").write_text(source, encoding="utf-8")
    bundler = _bundler(handlers, with_dependencies=False)
    for check in (lambda: bundler.bundle("orders"), bundler.check_all):
        with pytest.raises(BundleError, match=rf"^handlers/{package}/broken\.py, line {line}: "):
            check()
    assert not bundler.cache.exists()


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"Hello\n{% iff order %}\n{% endif %}\n", "line 2: Encountered unknown tag 'iff'. "),
        (b"{{ order.total }\n", "line 1: unexpected '}'. "),
        (b"Hello\n\xff\n", "line 2: 'utf-8' codec can't decode"),
    ],
)
def test_an_error_in_a_template_stops_the_bundle(
    handlers: Path, source: bytes, problem: str
) -> None:
    """A template that is not valid Jinja stops deployment and preview with file and line."""
    templates = handlers / "orders" / "templates"
    templates.mkdir()
    (templates / "broken.html").write_bytes(source)
    bundler = _bundler(handlers, with_dependencies=False)
    for check in (lambda: bundler.bundle("orders"), bundler.check_all):
        with pytest.raises(BundleError) as refused:
            check()
        assert str(refused.value).startswith(f"handlers/orders/templates/broken.html, {problem}")
    assert not bundler.cache.exists()


def test_warnings_about_a_source_are_not_errors(handlers: Path) -> None:
    """What Python merely warns of is deployed."""
    (handlers / "orders" / "warned.py").write_text('A = "\\d"\nB = 1 is 1\n', encoding="utf-8")
    assert _bundler(handlers, with_dependencies=False).bundle("orders").exists()


def test_without_dependencies_neither_pip_nor_python_is_needed(
    handlers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack without dependencies gets small bundles from the sources alone, without warnings."""
    bundler = _bundler(handlers, with_dependencies=False)
    path = dataclasses.replace(bundler, target=_UNKNOWN).bundle("audit")
    assert {name.partition("/")[0] for name in _names(path)} == {"handlers"}
    assert not [name for name in _names(path) if name.endswith(".pyc")]
    assert path.stat().st_size < 10_000
    assert list(bundler.cache.iterdir()) == [path]
    assert capsys.readouterr().err == ""


def test_an_unchanged_bundle_is_not_built_again(dependent: Path) -> None:
    """Unchanged sources use the cached bundle, and other bundles the cached dependencies."""
    (dependencies,) = (dependent.parent / "cache").glob("dependencies-*")
    installed = dependencies.stat()
    first = _bundler(dependent).bundle("orders")
    written = first.stat().st_mtime_ns
    assert _bundler(dependent).bundle("orders") == first
    assert first.stat().st_mtime_ns == written
    assert "tiny/__init__.py" in _names(_bundler(dependent).bundle("audit"))
    assert dependencies.stat().st_ino == installed.st_ino


def test_a_change_makes_another_bundle(handlers: Path) -> None:
    """A change of package, shared packages, lock or target changes the bundle's name."""
    names = [_bundler(handlers).bundle("orders").name]
    for changed in ("orders/handler.py", "common/__init__.py"):
        with (handlers / changed).open("a", encoding="utf-8") as source:
            source.write("A = 1\n")
        names.append(_bundler(handlers).bundle("orders").name)
    (handlers / "common" / "__init__.py").rename(handlers / "common" / "more.py")
    (handlers / "common" / "__init__.py").touch()
    names.append(_bundler(handlers).bundle("orders").name)
    require(handlers, version="2.0")
    names.append(_bundler(handlers).bundle("orders").name)
    newer = dataclasses.replace(_TARGET, platforms=(*_TARGET.platforms, "manylinux_2_99_aarch64"))
    names.append(dataclasses.replace(_bundler(handlers), target=newer).bundle("orders").name)
    names.append(_bundler(handlers, with_dependencies=False).bundle("orders").name)
    assert len(set(names)) == len(names) == 7


def test_a_bundle_for_this_machine_has_its_wheels(handlers: Path) -> None:
    """Built for this machine's Python, a bundle has the wheels of that, not those of Lambda."""
    bundler = dataclasses.replace(_bundler(handlers), target=_THIS)
    with pytest.raises(BundleError, match="No matching distribution found for tiny"):
        bundler.bundle("orders")
    require(handlers, PURE)
    assert "tiny/__init__.py" in _names(bundler.bundle("orders"))


def test_another_packages_change_makes_no_difference(dependent: Path) -> None:
    """A change of one package leaves the others' bundles as they are."""
    before = _bundler(dependent).bundle("orders")
    (dependent / "audit" / "handler.py").write_text('"""Another."""\n', encoding="utf-8")
    assert _bundler(dependent).bundle("orders") == before


def test_an_unknown_package_is_named(handlers: Path) -> None:
    """A package without an entry point is an error that names it and the missing file."""
    with pytest.raises(
        BundleError, match=r"There is no handler 'shipping': .*shipping/handler\.py is missing\."
    ):
        _bundler(handlers).bundle("shipping")


@pytest.mark.parametrize(
    ("tag", "digest", "reason"),
    [
        (INTEL, None, "No matching distribution found for tiny"),
        (ARM64, " --hash=sha256:" + "0" * 64, "DO NOT MATCH THE HASHES"),
        (ARM64, "", "Hashes are required"),
    ],
    ids=["another processor", "another hash", "no hash"],
)
def test_a_failed_installation_is_an_error(
    handlers: Path, tag: str, digest: str | None, reason: str
) -> None:
    """A wheel for another processor, with a wrong hash or none, is an error with pip's reason."""
    require(handlers, tag, digest=digest)
    with pytest.raises(
        BundleError,
        match=rf"^pip could not install .*requirements\.txt for Lambda: ERROR: .*{reason}",
    ):
        _bundler(handlers).bundle("orders")
    assert not list((handlers.parent / "cache").iterdir())


def test_a_failed_write_leaves_no_bundle(handlers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that could not be written completely does not exist; the next attempt succeeds."""
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "writestr", _disk_is_full)
        with pytest.raises(OSError, match="full"):
            _bundler(handlers, with_dependencies=False).bundle("orders")
    assert not list((handlers.parent / "cache").iterdir())
    assert _bundler(handlers, with_dependencies=False).bundle("orders").is_file()


def _disk_is_full(*_args: object) -> None:
    raise OSError("disk is full")


def test_a_faster_process_wins(
    installed: Path, handlers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another process installs the same dependencies in the meantime, its result is used."""
    install = subprocess.run

    def race(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            _put_into_cache(installed, handlers)
        return install(command, **options)

    monkeypatch.setattr(subprocess, "run", race)
    assert "tiny/__init__.py" in _names(_bundler(handlers).bundle("orders"))
    folders = [path for path in (handlers.parent / "cache").iterdir() if path.is_dir()]
    assert [path.name.rpartition("-")[0] for path in folders] == ["dependencies"]


def test_a_folder_that_cannot_be_moved_is_an_error(
    handlers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If dependencies cannot be moved into the cache, the operating system's error is raised."""
    monkeypatch.setattr(type(handlers), "rename", _disk_is_full)
    with pytest.raises(OSError, match="full"):
        _bundler(handlers).bundle("orders")
    assert not list((handlers.parent / "cache").iterdir())


def test_the_lock_has_a_hash_for_everything() -> None:
    """Handlers' dependencies are pinned to version and hashes; botocore is one of them."""
    text = (ROOT / "handlers" / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==\S+( +--hash=sha256:[0-9a-f]{64})+", entry), entry
    locked = {entry.split("==")[0] for entry in entries}
    wanted = re.findall(
        r"^([a-z0-9-]+)==", (ROOT / "handlers" / "requirements.in").read_text(), re.MULTILINE
    )
    assert set(wanted) <= locked
    assert "botocore" in locked
    assert "aws-xray-sdk" not in locked

"""Resource graphs of all stack files, compared between two states: `scripts/graph-diff --help`.

A state is a commit, the working tree, or a recording in a file. Each is recorded from a copy, by
its own `__main__.py` with its own stack files (tooling/graph_recorder.py), so that it may be older
than this module.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    # A stack: {"resources": {URN: resource}, "outputs": {...}}, or {"error": sentence}.
    Stack = Mapping[str, Any]
    State = Mapping[str, Stack]  # by the path of the stack file

# Stack files of configurations that no shipped stack has.
VARIANTS: Final = Path("tests/stacks/variants")

EQUAL, DIFFERENT, FAILED = 0, 1, 2

_RECORDER: Final = Path(__file__).with_name("graph_recorder.py")
_OWN_VARIANTS: Final = ROOT / VARIANTS
_LONGEST_VALUE: Final = 100
_MISSING: Final = "(none)"
_REFERENCE: Final = re.compile(r"<(?P<type>\S+) (?P<name>[^<>]+)\.(?P<output>\w+)>")


class GraphError(Exception):
    """A state cannot be recorded or read; says which, and why."""


class Comparison(NamedTuple):
    """What differs between two recordings of one stack."""

    removed: list[str]
    renamed: dict[str, str]
    """The old URN of a resource that has an alias for it, and the new one."""
    added: list[str]
    changed: dict[str, list[str]]
    """Sentences by the URN in the newer state, and by `outputs`."""

    @property
    def equal(self) -> bool:
        """Whether a deployment of the newer state changes nothing."""
        return not any(self)

    def summary(self) -> str:
        """Count the differences."""
        counts = {name: len(getattr(self, name)) for name in self._fields}
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "equal"

    def lines(self) -> Iterator[str]:
        """Yield one line for each difference."""
        yield from (f"  - {_short(urn)}" for urn in self.removed)
        yield from (
            f"  > {_short(old)} renamed to {_short(new)}" for old, new in self.renamed.items()
        )
        yield from (f"  + {_short(urn)}" for urn in self.added)
        for urn, sentences in self.changed.items():
            yield f"  ~ {_short(urn)}"
            yield from (f"      {_short(sentence)}" for sentence in sentences)


def compare(base: Stack, head: Stack) -> Comparison:
    """Compare two recordings of a stack; a resource for which a new one has an alias is renamed."""
    old, new = base["resources"], head["resources"]
    removed, added = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    by_alias = {alias: urn for urn in added for alias in new[urn]["aliases"]}
    renamed = {urn: by_alias[urn] for urn in removed if urn in by_alias}
    references = {_identity(before): _identity(after) for before, after in renamed.items()}
    changed: dict[str, list[str]] = {}
    for before in sorted(old.keys() - set(removed)) + list(renamed):
        after = renamed.get(before, before)
        if sentences := list(_changes(old[before], new[after], after, references)):
            changed[after] = sentences
    if sentences := list(_differences(_renamed(base["outputs"], references), head["outputs"], "")):
        changed["outputs"] = sentences
    return Comparison(
        removed=[urn for urn in removed if urn not in renamed],
        renamed=renamed,
        added=[urn for urn in added if urn not in renamed.values()],
        changed=changed,
    )


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], urn: str, references: Mapping[str, str]
) -> Iterator[str]:
    yield from _differences(_renamed(old["inputs"], references), new["inputs"], "")
    yield from _differences(old["options"], new["options"], "options")
    # A stack that was deployed under an older name needs the alias until it is deployed again.
    yield from (
        f"alias removed: {alias}" for alias in old["aliases"] if alias not in (*new["aliases"], urn)
    )


def _identity(urn: str) -> str:
    """Return type and name of a resource, as references to it begin."""
    *_, types, name = urn.split("::", 3)
    return f"{types.rpartition('$')[2]} {name}"


def _renamed(value: Any, references: Mapping[str, str]) -> Any:
    """Return a value whose references to renamed resources have the new names."""
    if isinstance(value, dict):
        return {
            _renamed(key, references): _renamed(item, references) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, references) for item in value]
    if not isinstance(value, str):
        return value

    def reference(match: re.Match[str]) -> str:
        identity = f"{match['type']} {match['name']}"
        return f"<{references.get(identity, identity)}.{match['output']}>"

    return _REFERENCE.sub(reference, value)


def _differences(old: Any, new: Any, path: str) -> Iterator[str]:
    """Yield a sentence for every value that differs between two structures."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(
                old.get(key, _MISSING), new.get(key, _MISSING), f"{path}.{key}" if path else key
            )
    elif isinstance(old, list) and isinstance(new, list):
        for number in range(max(len(old), len(new))):
            before, after = (
                each[number] if number < len(each) else _MISSING for each in (old, new)
            )
            yield from _differences(before, after, f"{path}[{number}]")
    # JSON tells 1 from true, and Python does not.
    elif type(old) is not type(new) or old != new:
        yield f"{path}: {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    text = _short(value if value is _MISSING else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _short(text: str) -> str:
    """Return a text with URNs without stack and project, and types as the provider names them."""
    text = re.sub(r"urn:pulumi:[^:]+::[^:]+::", "", text)
    return re.sub(r"\baws:(\w+)/\w+:(\w+)", r"aws.\1.\2", text)


def compare_states(base: State, head: State) -> tuple[int, list[str]]:
    """Return the exit code and the report: differences of each stack, then a line for each."""
    code, details, summaries = EQUAL, [], []
    for file in sorted(base.keys() | head.keys()):
        sides = {"base": base.get(file), "head": head.get(file)}
        if errors := [
            f"{side}: {stack['error']}"
            for side, stack in sides.items()
            if stack and "error" in stack
        ]:
            code = FAILED
            details += [
                f"{file}: not compared",
                *(f"  {line}" for error in errors for line in error.splitlines()),
            ]
            summaries.append(f"{file}: error")
        elif sides["base"] and sides["head"]:
            comparison = compare(sides["base"], sides["head"])
            count = len(sides["head"]["resources"])
            summaries.append(f"{file}: {comparison.summary()} ({count} resources)")
            if not comparison.equal:
                code = max(code, DIFFERENT)
                details += [f"{file}:", *comparison.lines()]
        else:
            code = max(code, DIFFERENT)
            summaries.append(f"{file}: only in {'base' if sides['base'] else 'head'}")
    return code, [*details, *([""] if details else []), *summaries]


def record(root: Path, variants: Path = _OWN_VARIANTS) -> dict[str, Stack]:
    """Record every stack of a checkout, which gets bundles without dependencies: give it a copy.

    Args:
        root: The checkout.
        variants: The folder of further stack files for a checkout that has none of its own.
    """
    own = root / VARIANTS
    folders = {
        ".": root,
        "examples": root / "examples",
        str(VARIANTS): own if own.is_dir() else variants,
    }
    files = {
        (Path(label) / path.name).as_posix(): path
        for label, folder in folders.items()
        for path in sorted(folder.glob("Pulumi.*.yaml"))
    }
    if not files:
        raise GraphError(f"There are no stack files in {root}.")
    return dict(zip(files, record_stacks(root, list(files.values())), strict=True))


def record_stacks(root: Path, files: Sequence[Path]) -> list[Stack]:
    """Record stacks of one checkout, each in its own process; one that fails as its error."""
    # The environment of `pulumi` would change the configuration. Packages are compiled only once.
    left_out = ("PULUMI_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "COV_CORE_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    command = [sys.executable, "-P", str(_RECORDER), str(root), *map(str, files)]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if process.returncode != 0:
        raise GraphError(f"{root} cannot be recorded:\n{process.stderr.strip()}")
    recorded: list[Stack] = json.loads(process.stdout)
    return recorded


def state(source: str | None, variants: Path) -> State:
    """Return the recording in a file, or record a commit, or the working tree for None."""
    if source is not None and Path(source).is_file():
        recorded: State = json.loads(Path(source).read_text(encoding="utf-8"))
        return recorded
    with copied(source) as copy:
        return record(copy, variants)


@contextlib.contextmanager
def copied(source: str | None) -> Iterator[Path]:
    """Copy a commit of the checkout, or its working tree for None, for as long as it is recorded.

    Raises:
        GraphError: there is no such commit, or no checkout.
    """
    with tempfile.TemporaryDirectory(prefix="graph-diff-") as folder:
        copy = Path(folder)
        if source is None:
            _copy_working_tree(copy)
        else:
            _copy_commit(source, copy)
        yield copy


def _copy_commit(commit: str, target: Path) -> None:
    # Git would take it for an option, such as --output.
    if commit.startswith("-"):
        raise GraphError(f"'{commit}' is no commit.")
    archive = _git("archive", "--format=tar", f"{commit}^{{commit}}", "--", cwd=_checkout())
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        # Python has filters since 3.11.4; earlier versions ignore the attribute.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(target)  # noqa: S202 (an archive of Git)


def _copy_working_tree(target: Path) -> None:
    root = _checkout()
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=root)
    for name in filter(None, names.decode().split("\0")):
        if (root / name).is_file():  # it may be deleted, and not yet for Git
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name, follow_symlinks=False)


def _checkout() -> Path:
    """Return the checkout that the command is called in."""
    return Path(_git("rev-parse", "--show-toplevel", cwd=Path()).decode().strip())


def _git(*arguments: str, cwd: Path) -> bytes:
    process = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False)  # noqa: S603, S607 - git
    if process.returncode != 0:
        raise GraphError(f"git {arguments[0]}: {process.stderr.decode().strip()}")
    return process.stdout


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return 0 if both states are equal, 1 if not, 2 after an error."""
    parser = argparse.ArgumentParser(
        prog="scripts/graph-diff",
        description="Compare every resource of every stack between two states of the project. "
        "Exits with 0 if they are equal, 1 if they differ, 2 after an error.",
    )
    parser.add_argument("base", nargs="?", help="a commit or a recorded file (default: HEAD)")
    parser.add_argument(
        "head", nargs="?", help="the same for the newer state (default: the working tree)"
    )
    help_record = "write one state to FILE: BASE, or the working tree"
    parser.add_argument("--record", type=Path, metavar="FILE", help=help_record)
    help_variants = (
        f"further stack files for a state without {VARIANTS} (default: those beside this tool)"
    )
    parser.add_argument(
        "--variants", type=Path, metavar="DIR", default=_OWN_VARIANTS, help=help_variants
    )
    options = parser.parse_args(arguments)
    try:
        if options.record:
            return _write(state(options.base, options.variants), options.record)
        base = state(options.base or "HEAD", options.variants)
        code, report = compare_states(base, state(options.head, options.variants))
    except (GraphError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write("\n".join([*report, ""]))
    return code


def _write(recorded: State, file: Path) -> int:
    file.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    errors = {name: stack["error"] for name, stack in recorded.items() if "error" in stack}
    sys.stderr.writelines(f"{name}: {error}\n" for name, error in errors.items())
    return FAILED if errors else EQUAL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

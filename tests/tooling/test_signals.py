"""Signals: exit codes, cleanup, and blocks that are finished first."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tooling.root import ROOT
from tooling.signals import deferred

_SIGNALS = [(signal.SIGINT, 130, "Interrupted; "), (signal.SIGTERM, 143, "Terminated; ")]

# A command line that runs `{command}`, which prints "ready" when it has begun.
_SCRIPT = """
from tooling import entry, signals
import sys, time

def say(word):
    print(word, flush=True)

def wait():
    say("ready")
    time.sleep(60)

def command():
    {command}

entry.run(command, "nothing had been done yet.")
"""
# Runs a module as `python -m` does, and waits when it comes to import another one.
_STUCK_IN_IMPORTS = """
import runpy, sys, time

class Stuck:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            print("ready", flush=True)
            time.sleep(60)

sys.meta_path.insert(0, Stuck())
sys.argv = {command}
sys.path.insert(0, "")
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
_WITHIN = "with signals.interruptible('all is stopped.'): "


def _end(command: str, number: int, *, signals: int = 1) -> tuple[int, str, str]:
    """Send signals to a command when it is ready; return its exit code, output and errors."""
    script = [sys.executable, "-c", _SCRIPT.format(command=command)]
    with subprocess.Popen(  # noqa: S603 (a script above)
        script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(signals):
            process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


@pytest.mark.parametrize(("number", "code", "word"), _SIGNALS)
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("wait()", "nothing had been done yet."),
        (_WITHIN + "wait()", "all is stopped."),
        (_WITHIN + "exec('wait()')", "all is stopped."),
        (_WITHIN + "eval('wait()')", "all is stopped."),
    ],
    ids=["before", "within", "exec", "eval"],
)
def test_a_signal_has_its_exit_code(
    number: int, code: int, word: str, command: str, sentence: str
) -> None:
    """The exit code is 130 or 143, with one sentence and no traceback, at any time."""
    assert _end(command, number) == (code, "", f"\n{word}{sentence}\n")


_IGNORED = """
import signal, sys, time, weakref
from tooling import entry, signals

class Object:
    pass

def hit(reference):
    signal.raise_signal({number})
    for _ in range(1000):
        pass

def command():
    with signals.interruptible("all is stopped."):
        item = Object()
        reference = weakref.ref(item, hit)
        del item
        time.sleep(20)

entry.run(command, '')
"""


@pytest.mark.parametrize(("number", "code", "word"), _SIGNALS)
def test_a_signal_counts_where_exceptions_are_ignored(number: int, code: int, word: str) -> None:
    """A signal within a weak reference's callback ends the process as well."""
    script = [sys.executable, "-c", _IGNORED.format(number=int(number))]
    process = subprocess.run(  # noqa: S603 (the script above)
        script, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert (process.returncode, process.stdout, process.stderr) == (
        code,
        "",
        f"\n{word}all is stopped.\n",
    )


@pytest.mark.parametrize(("number", "code", "word"), _SIGNALS)
def test_more_signals_do_not_cut_the_cleanup_short(number: int, code: int, word: str) -> None:
    """Repeated signals lead to the same exit code, after the cleanup."""
    command = f"""
    {_WITHIN}
        try:
            wait()
        finally:
            time.sleep(0.5)
            say("cleaned up")"""
    assert _end(command, number, signals=50) == (code, "cleaned up\n", f"\n{word}all is stopped.\n")


def test_a_signal_after_the_end_changes_nothing() -> None:
    """A signal while the interpreter ends does not change the exit code."""
    command = "import atexit; atexit.register(lambda: (say('ready'), time.sleep(0.5)))"
    assert _end(command, signal.SIGINT, signals=3) == (0, "", "")


@pytest.mark.parametrize(("number", "word"), [(number, word) for number, _, word in _SIGNALS])
@pytest.mark.parametrize(
    "command",
    [
        ["local", "demo"],
        ["local", "up"],
        ["local", "emulator", "--port", "0"],
        ["orderctl", "--help"],
        ["benchmarks"],
        ["benchmarks.load"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("module", ["threading", "typer"])
def test_a_signal_during_imports_has_its_exit_code(
    command: list[str], number: int, word: str, module: str
) -> None:
    """Each command line has the exit code also while it imports its modules."""
    script = [sys.executable, "-c", _STUCK_IN_IMPORTS.format(command=command, module=module)]
    with subprocess.Popen(  # noqa: S603 (a script above)
        script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (128 + number, "")
    assert errors.startswith(f"\n{word}")
    assert errors.count("\n") == 2


def test_an_interruption_takes_effect_at_the_end() -> None:
    """The block is finished before the signal takes effect."""
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt), deferred():  # noqa: PT012 (the block is the test)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        steps.append("all")
    assert steps == ["all"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_need_no_deferring() -> None:
    """Other threads get no signals, and must not change the handlers."""

    def within() -> str:
        with deferred():
            return "done"

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(within).result() == "done"

"""What is kept of an emulator's state fits together, or is refused with a sentence."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.emulator import kept_state
from local.emulator.emulator import Emulator
from tests.support.polling import eventually
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A kept state with a file."""
    folder = _state(tmp_path / "first", "one")
    kept_state.save(folder, tmp_path / "kept", 4566)
    return tmp_path / "kept"


def _state(folder: Path, content: str) -> Path:
    (folder / "services").mkdir(parents=True)
    (folder / "services" / "sqs.json").write_text(content, encoding="utf-8")
    return folder


def _loaded(kept: Path) -> str:
    folder = kept.parent / "loaded"
    kept_state.load(kept, folder)
    return (folder / "services" / "sqs.json").read_text(encoding="utf-8")


def test_the_last_saved_state_is_loaded(kept: Path, tmp_path: Path) -> None:
    """A save takes the place of the one before."""
    kept_state.save(_state(tmp_path / "second", "two"), kept, 4566)
    assert _loaded(kept) == "two"
    assert [path.name for path in kept.iterdir()] == ["current"]


def test_nothing_is_kept_at_first(tmp_path: Path) -> None:
    """Without a kept state the folder is empty, and any port may be used."""
    kept_state.load(tmp_path / "none", tmp_path / "loaded")
    assert list((tmp_path / "loaded").iterdir()) == []
    assert kept_state.port(tmp_path / "none", 4566) == 4566
    assert kept_state.saved_at(tmp_path / "none") is None


def test_a_killed_save_leaves_the_state_before(kept: Path, tmp_path: Path) -> None:
    """Whether it was killed while copying, or between the two renames, the older state loads."""
    (kept / "new").mkdir()
    (kept / "new" / "half").touch()
    (kept / "current").rename(kept / "old")
    assert _loaded(kept) == "one"
    kept_state.save(_state(tmp_path / "second", "two"), kept, 4566)
    assert [path.name for path in kept.iterdir()] == ["current"]


def test_an_incomplete_state_is_not_kept(kept: Path, tmp_path: Path) -> None:
    """Where the emulator could not save a service, the older state stays as a whole."""
    folder, before = _state(tmp_path / "second", "two"), kept_state.saved_at(kept)
    (folder / kept_state.INCOMPLETE).touch()
    kept_state.save(folder, kept, 4566)
    assert (_loaded(kept), kept_state.saved_at(kept)) == ("one", before)


def _describe(kept: Path, **values: Any) -> None:
    path = kept / "current" / "description.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda kept: (kept / "current/services/sqs.json").write_text("o"), "is damaged"),
        (lambda kept: (kept / "current/services/sqs.json").unlink(), "is damaged"),
        (lambda kept: (kept / "current/more").touch(), "is damaged"),
        (lambda kept: (kept / "current/description.json").write_text("{"), "cannot be read"),
        (lambda kept: (kept / "current/description.json").write_text("{}"), "cannot be read"),
        (
            lambda kept: _describe(kept, versions={"format": 1, "ministack": "0.1"}),
            "is of another version of the emulator or of this project",
        ),
    ],
    ids=["cut off", "missing", "additional", "no JSON", "empty", "version"],
)
def test_a_state_that_cannot_be_used_is_refused(
    kept: Path, damage: Callable[[Path], object], problem: str
) -> None:
    """The sentence says what is wrong and how to remove the data."""
    damage(kept)
    with pytest.raises(UserError) as refused:
        _loaded(kept)
    assert str(refused.value).startswith(f"The data in {kept} {problem}")
    assert str(refused.value).endswith(f"remove it (rm -r {kept}) to start with new data.")


def test_a_kept_state_has_its_port(kept: Path) -> None:
    """URLs in the data have the port, so that another one is refused; 0 stands for any."""
    assert (kept_state.port(kept, 0), kept_state.port(kept, 4566)) == (4566, 4566)
    with pytest.raises(UserError, match="has URLs with the port 4566; use PORT=4566, or remove"):
        kept_state.port(kept, 4567)


_PARENT = """
import sys, time
from pathlib import Path
from local.emulator.emulator import Emulator
emulator = Emulator(state_dir=Path(sys.argv[1]))
emulator.start()
emulator.client("sqs").create_queue(QueueName="kept")
emulator.client("s3").create_bucket(Bucket="kept")
emulator.client("s3").put_object(Bucket="kept", Key="key", Body=b"content")
print(emulator.pid, flush=True)
time.sleep(600)
"""


def test_the_data_of_a_killed_parent_is_kept(tmp_path: Path) -> None:
    """The emulator saves by itself when its parent is killed; objects of buckets are kept too."""
    command = [sys.executable, "-c", _PARENT, str(tmp_path / "kept")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 (a constant)
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the emulator's end")
    with Emulator(state_dir=tmp_path / "kept") as emulator:
        assert emulator.client("sqs").get_queue_url(QueueName="kept")
        body = emulator.client("s3").get_object(Bucket="kept", Key="key")["Body"]
        assert body.read() == b"content"
    assert not emulator.has_lost_state


def test_a_killed_emulator_leaves_the_state_before(tmp_path: Path) -> None:
    """What it had not saved is lost, which is reported, and the next start has the data before."""
    emulator = Emulator(state_dir=tmp_path / "kept")
    with emulator:
        emulator.client("sqs").create_queue(QueueName="first")
    assert not emulator.has_lost_state
    with emulator:
        emulator.client("sqs").create_queue(QueueName="second")
        subprocess.run(["kill", "-9", str(emulator.pid)], check=True)  # noqa: S603, S607 (its ID)
        eventually(lambda: not emulator.is_running, "its end")
    assert emulator.has_lost_state
    with emulator:
        (url,) = emulator.client("sqs").list_queues()["QueueUrls"]
    assert url.endswith("/first")


_FAILING = """
from ministack.services import sqs
from local.emulator import server

def fail():
    raise RuntimeError("dictionary changed size during iteration")

sqs.get_state = fail
server.main()
"""


def test_a_service_that_cannot_be_saved_keeps_the_state_before(tmp_path: Path) -> None:
    """Not one service alone is older: the whole state of the run before stays."""
    with Emulator(state_dir=tmp_path / "kept") as emulator:
        emulator.client("sqs").create_queue(QueueName="first")
    failing = Emulator(state_dir=tmp_path / "kept", command=(sys.executable, "-c", _FAILING))
    with failing:
        failing.client("sqs").create_queue(QueueName="second")
        failing.client("sns").create_topic(Name="second")
    assert failing.has_lost_state
    with emulator:
        assert not emulator.client("sns").list_topics()["Topics"]
        assert emulator.client("sqs").get_queue_url(QueueName="first")

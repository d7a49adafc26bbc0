"""Bundles run alone: built for this machine, in processes that can import nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.network import Network
from infra.functions.bundle import Bundler, Target
from tests.support.deliveries import (
    STORED,
    Context,
    a_queued_order,
    an_event,
    failures,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.functions import ENVIRONMENT, HANDLERS
from tests.support.lookups import a_stored_order, get_order
from tests.support.mock_account import as_image
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

_ORDER = a_stored_order("ORDER-1")
_EVENTS = {
    "orders": http_request(an_order()),
    "intake": http_request(an_order()),
    "lookup": get_order(_ORDER["orderId"]).through_http_api(),
    "processor": queue_batch(a_queued_order()),
    "relay": stream_batch(stream_record(as_image(STORED))),
    "email": queue_batch(an_event()),
    "audit": queue_batch(an_event()),
}
_STATUS = {"orders": HTTPStatus.OK, "intake": HTTPStatus.ACCEPTED, "lookup": HTTPStatus.OK}

# Starts a function from its bundle alone, and prints its response, or its error, as the last line.
_RUN = """
import json, sys
job = json.load(sys.stdin)
sys.path.insert(0, job["folder"])
import importlib, types
context = types.SimpleNamespace(**job["context"], get_remaining_time_in_millis=lambda: 30_000)
module = importlib.import_module(job["module"])
loaded = {name: getattr(each, "__file__", None) for name, each in sys.modules.items()}
try:
    response = module.handle(job["event"], context)
except Exception as error:
    response = repr(error)
print(json.dumps({"response": response, "loaded": loaded}))
"""


class _Aws(BaseHTTPRequestHandler):
    """Responds to AWS calls: as benchmarks do, or with an error."""

    is_failing = False

    def do_POST(self) -> None:
        """Respond to any operation."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, content = HTTPStatus.OK, dict[str, str](), b""
        if self.is_failing:
            status, content = HTTPStatus.FORBIDDEN, b'{"__type": "AccessDeniedException"}'
        elif self.headers.get("X-Amz-Target", "").endswith(".GetItem"):
            content = json.dumps({"Item": as_image(_ORDER)}).encode()
        else:
            request = SimpleNamespace(url=self.path, headers=self.headers, body=body)
            response = Network(records_bodies=False).send(request)
            headers, content = response.headers, response.content
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of http.server
        """Print nothing."""


class _FailingAws(_Aws):
    is_failing = True


@pytest.fixture(scope="module", params=[_Aws, _FailingAws], ids=["working", "failing"])
def aws(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    """The URL of AWS, and whether it is failing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", request.param.is_failing
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every function's bundle for this machine, unpacked; bundles are in the project's cache."""
    bundler = Bundler(with_dependencies=True, target=Target.of_this_machine())
    folder = tmp_path_factory.mktemp("bundles")
    for package in HANDLERS:
        with zipfile.ZipFile(bundler.bundle(package)) as archive:
            archive.extractall(folder / package)
    return {package: folder / package for package in HANDLERS}


@pytest.mark.parametrize("package", HANDLERS)
def test_a_function_runs_from_its_bundle_alone(
    folders: dict[str, Path], aws: tuple[str, bool], package: str
) -> None:
    """A function works, and reports a failing AWS, with nothing but its bundle to import."""
    url, is_failing = aws
    result = _run(folders[package], package, url)
    response, loaded = result["response"], result["loaded"]
    assert _foreign(loaded, folders[package]) == {}
    assert "pydantic" not in loaded
    if package in _STATUS:
        expected = HTTPStatus.SERVICE_UNAVAILABLE if is_failing else _STATUS[package]
        assert response["statusCode"] == expected, response
    elif package == "relay":
        assert (response is None) is not is_failing, response
    else:
        assert failures(response) == (["message-0"] if is_failing else []), response


def _foreign(loaded: dict[str, str | None], folder: Path) -> dict[str, str]:
    """Return the files of loaded modules that are neither the standard library's nor a bundle's."""
    return {
        name: file
        for name, file in loaded.items()
        if file
        and name.partition(".")[0] not in sys.stdlib_module_names
        and not file.startswith(str(folder))
    }


def _run(folder: Path, package: str, url: str) -> dict[str, Any]:
    job = {
        "folder": str(folder),
        "module": f"handlers.{package}.handler",
        "event": _EVENTS[package],
        "context": asdict(Context()),
    }
    process = subprocess.run(  # noqa: S603 (the project's handlers)
        [sys.executable, "-I", "-S", "-B", "-c", _RUN],
        input=json.dumps(job),
        env={**ENVIRONMENT, "AWS_ENDPOINT_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result

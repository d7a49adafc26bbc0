"""`scripts/sbom` and `scripts/audit`: what is deployed, and its known vulnerabilities."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator

from tests.support.processes import outer_environment
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.thorough  # each command takes seconds

_DOCUMENTS = {
    "program.cdx.json": "release/requirements.txt",
    "bundles.cdx.json": "handlers/requirements.txt",
}
_PIN = re.compile(r"^([a-z0-9][\w.-]*)(?:\[.*?\])?==([^\s;]+)", re.MULTILINE)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (the project's scripts)
        command, cwd=ROOT, env=outer_environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def sbom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the documents."""
    folder = tmp_path_factory.mktemp("sbom")
    process = _run("scripts/sbom", str(folder))
    assert (process.returncode, process.stderr) == (0, "")
    return folder


@pytest.mark.parametrize(("document", "requirements"), _DOCUMENTS.items())
def test_an_sbom_is_valid_and_complete(sbom: Path, document: str, requirements: str) -> None:
    """A document follows CycloneDX's schema, and names every locked package with its hashes."""
    text = (sbom / document).read_text(encoding="utf-8")
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    components = json.loads(text)["components"]
    locked = set(_PIN.findall((ROOT / requirements).read_text(encoding="utf-8")))
    assert {(each["name"], each["version"]) for each in components} == locked
    assert all(each["externalReferences"][0]["hashes"] for each in components)


def test_an_sbom_is_reproducible(sbom: Path) -> None:
    """A document has no time, no random number and no path of the machine."""
    for document in _DOCUMENTS:
        text = (sbom / document).read_text(encoding="utf-8")
        content = json.loads(text)
        assert "serialNumber" not in content
        assert "timestamp" not in content["metadata"]
        assert str(ROOT) not in text


def test_an_interrupted_sbom_shows_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends the command without a traceback of the library."""
    with subprocess.Popen(  # noqa: S603 (the project's script)
        [ROOT / "scripts/sbom", tmp_path],
        cwd=ROOT,
        env=outer_environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(0.5)  # the library's imports take longer
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (-signal.SIGINT, "")


class _Osv:
    """A vulnerability service that knows one vulnerable package."""

    def __init__(self, vulnerable: str) -> None:
        self.vulnerable = vulnerable
        self.asked = set[tuple[str, str]]()

    def response(self, query: dict[str, Any]) -> dict[str, Any]:
        name = query["package"]["name"]
        self.asked.add((name, query["version"]))
        if name != self.vulnerable:
            return {}
        affected = {
            "package": {"name": name, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            "versions": [query["version"]],
        }
        entry = {"id": "TEST-2026-1", "summary": "a test", "details": "a test"}
        return {"vulns": [{**entry, "affected": [affected]}]}


@pytest.fixture
def osv() -> Iterator[tuple[_Osv, str]]:
    """The service, and its address; the package is in one file, which is not the last one."""
    service = _Osv("pulumi-policy")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            content = json.dumps(service.response(json.loads(body))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield service, f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def test_an_audit_without_the_network_ends_with_a_sentence(tmp_path: Path) -> None:
    """An audit that cannot reach the service has failed, and shows no traceback."""
    process = _run(
        "scripts/audit", "--osv-url", "http://127.0.0.1:9/v1/query", "--cache-dir", str(tmp_path)
    )
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    assert process.stderr.endswith("The audit was not completed; it needs https://osv.dev.\n")


def test_every_locked_package_is_audited(osv: tuple[_Osv, str], tmp_path: Path) -> None:
    """The audit asks for every package of every locked file, and fails for a vulnerable one."""
    service, url = osv
    process = _run("scripts/audit", "--osv-url", url, "--cache-dir", str(tmp_path))
    files = [*ROOT.glob("requirements*.txt"), *ROOT.glob("*/requirements.txt")]
    texts = [re.sub(".*'win32'.*", "", file.read_text(encoding="utf-8")) for file in files]
    locked = {pin for text in texts for pin in _PIN.findall(text)}
    assert {pin for pin in locked if pin[0] == "protobuf"} != set()
    assert locked <= service.asked
    assert process.returncode == 1, process.stderr
    assert process.stdout.count("TEST-2026-1") == 1

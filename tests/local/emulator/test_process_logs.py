"""Tests: the log of a function's process."""

from __future__ import annotations

import base64
import resource
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.emulator.emulator import Emulator
from tests.local.support.functions import create_function

# `select` takes no file descriptor from 1024 on.
_CONNECTIONS = 1100
_FILES = 4096


def test_an_emulator_with_many_files_has_logs() -> None:
    """A log is complete, however many files the processes of other functions keep open."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] < _FILES:
        pytest.skip(f"no process may open {_FILES} files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, limits[1]))
    try:
        with Emulator() as emulator, ExitStack() as connections:
            address = urlsplit(emulator.url)
            for _ in range(_CONNECTIONS):
                connections.enter_context(
                    socket.create_connection((str(address.hostname), address.port or 80))
                )
            name = f"logs-{uuid4()}"
            source = "def handler(event, context): print('a line')"
            create_function(emulator, name, source, timeout=5)
            response = emulator.client("lambda").invoke(FunctionName=name, LogType="Tail")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "a line" in base64.b64decode(response["LogResult"]).decode()

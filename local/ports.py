"""Listening sockets on the loopback interface."""

from __future__ import annotations

import socket

from tooling.errors import UserError


def listen(port: int) -> socket.socket:
    """Take the port here and now, so that nobody else can between looking for a free one and serving on it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UserError(_why_not(port, error)) from error
    return listener


def _why_not(port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"port {port} may not be used by this user; choose one above 1023 with --port"
    return f"port {port} is already in use; stop what uses it or choose another with --port (make local PORT=<port>)"

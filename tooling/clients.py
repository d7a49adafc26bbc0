"""boto3 clients that see the emulator and nothing of the user's own AWS settings."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
import botocore.session
from botocore.config import Config

from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tooling.signing import AccessKey

# boto3 makes its clients' methods at run time, so there is no static type to give.
Client: TypeAlias = Any

# (name in the file, environment variable, default, conversion): no file, no variable.
_IGNORED = (None, None, None, None)
_NO_FILE = (None, None, "/dev/null", None)


class Clients:
    """One client per service, made on first use and shared between threads."""

    def __init__(self, url: str, key: AccessKey) -> None:
        variables = {"profile": _IGNORED, "config_file": _NO_FILE, "credentials_file": _NO_FILE}
        self._session = boto3.Session(
            botocore_session=botocore.session.Session(session_vars=variables), region_name=REGION
        )
        self._url = url
        self._key = key
        self._lock = threading.Lock()
        self._made: dict[str, Client] = {}

    def get(self, service: str) -> Client:
        """The client of one service, named as in boto3."""
        with self._lock:  # making clients is not thread-safe, using them is
            if service not in self._made:
                self._made[service] = self._make(service)
            return self._made[service]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _make(self, service: str) -> Client:
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"total_max_attempts": 2, "mode": "standard"},
            proxies={},
            use_dualstack_endpoint=False,
            use_fips_endpoint=False,
        )
        # The stubs know one overload per service name, which a name in a variable matches none of.
        make: Callable[..., Client] = self._session.client
        return make(service, endpoint_url=self._url, config=config, **self._key.client_arguments)

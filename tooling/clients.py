"""boto3 clients of the emulator, which the user's AWS settings do not change."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
import botocore.session
from botocore.config import Config

from tooling.signing import REGION

if TYPE_CHECKING:
    from tooling.signing import AccessKey

# boto3 creates its clients' methods at run time, so they have no static type.
Client: TypeAlias = Any
# Returns the client of a service, named as in boto3.
ClientFactory: TypeAlias = Callable[[str], Client]

# Session variables are (name in the file, environment variable, default, conversion).
_IGNORED = (None, None, None, None)
_NO_FILE = (None, None, "/dev/null", None)


def session_clients(
    session: boto3.Session, config: Callable[[str], Config] | Config
) -> ClientFactory:
    """Return one client per service of a session, with a configuration, or one per service."""
    # The stubs have an overload per service name, and none for a variable.
    create: Callable[..., Client] = session.client

    def client(service: str) -> Client:
        return create(service, config=config(service) if callable(config) else config)

    return functools.cache(client)


class Clients:
    """One client per service, created on first use and shared between threads."""

    def __init__(self, url: str, key: AccessKey) -> None:
        variables = {"profile": _IGNORED, "config_file": _NO_FILE, "credentials_file": _NO_FILE}
        self._session = boto3.Session(
            botocore_session=botocore.session.Session(session_vars=variables), region_name=REGION
        )
        self._url = url
        self._key = key
        self._lock = threading.Lock()
        self._clients: dict[str, Client] = {}

    def get(self, service: str) -> Client:
        """Return the client of a service, named as in boto3."""
        with self._lock:  # creating clients is not thread-safe, using them is
            if service not in self._clients:
                self._clients[service] = self._create(service)
            return self._clients[service]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _create(self, service: str) -> Client:
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"total_max_attempts": 2, "mode": "standard"},
            proxies={},
            use_dualstack_endpoint=False,
            use_fips_endpoint=False,
        )
        # The stubs have an overload per service name, and none for a variable.
        create: Callable[..., Client] = self._session.client
        return create(service, endpoint_url=self._url, config=config, **self._key.client_arguments)

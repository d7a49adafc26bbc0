"""What a preflight check is, and what it gets: the planned stack, the account, AWS clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.preflight.finding import Finding

if TYPE_CHECKING:
    from infra.config import StackConfig
    from release.preflight.planned import PlannedStack
    from tooling.clients import ClientFactory

Findings = Iterator[Finding]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A planned stack, and the account in which it would be deployed."""

    stack: PlannedStack
    client: ClientFactory
    read_url: Callable[[str], bytes]
    """Reads the start of a document at an HTTPS URL."""
    account: str = ""
    partition: str = "aws"

    @property
    def config(self) -> StackConfig:
        """The configuration of the stack."""
        return self.stack.config

    def owns(self, tags: Iterable[Mapping[str, str]]) -> bool:
        """Return whether a resource with these tags is the stack's, which tags all of its own."""
        own = {"project": self.stack.file.project, "environment": self.stack.file.stack}
        return own.items() <= {each["Key"]: each["Value"] for each in tags}.items()

    @property
    def prefix(self) -> str:
        """What the names of the stack's resources begin with."""
        return self.stack.file.prefix

    @property
    def log_role_prefix(self) -> str:
        """What the name of a REST API's role for logs begins with; the API's ID follows."""
        return f"{self.prefix}api-logs-"


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check: its name in the report, whether a stack needs it, and what finds out.

    `run` yields what it has found so far; an error of AWS after that is a finding of its own.
    """

    name: str
    services: tuple[str, ...]
    """The AWS services that it calls, named as in boto3."""
    run: Callable[[Target], Findings]
    needed: Callable[[StackConfig], bool] = lambda _: True

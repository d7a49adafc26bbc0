"""The GitHub environments of an account: what the role of each may do, with which stacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from bootstrap.config import DRIFT, PREVIEW, PULL_REQUEST, PULL_REQUEST_STACKS, BootstrapConfig
from bootstrap.github_role import deployed_name
from bootstrap.permissions import Scope, boundary_document, deploy_documents, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bootstrap.permissions.documents import Document

# The workflow asks for three hours where it deploys: leaving a VPC takes AWS 20 to 45 minutes, and
# a canary has its steps.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html
_DEPLOYMENT_SECONDS: Final = 3 * 60 * 60
_READING_SECONDS: Final = 60 * 60

Access = Literal["preview", "refresh", "deploy"]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment, its stacks, and the permissions of its role."""

    name: str
    stacks: Sequence[str]
    access: Access
    scope: Scope

    @property
    def deploys(self) -> bool:
        """Whether its role changes stacks."""
        return self.access == "deploy"

    @property
    def session_seconds(self) -> int:
        """The longest session of its role."""
        return _DEPLOYMENT_SECONDS if self.deploys else _READING_SECONDS

    @property
    def documents(self) -> Mapping[str, Document]:
        """The policies of its role, by section."""
        if self.deploys:
            return deploy_documents(self.scope)
        return read_documents(self.scope, secrets=self.access == "refresh")

    @property
    def boundary(self) -> Document:
        """The most that the roles of its stacks can do."""
        return boundary_document(self.scope)


def environments(config: BootstrapConfig, account: Scope) -> Iterator[Environment]:
    """Yield the environments; `account` is the scope of all stacks."""
    yield _environment(PREVIEW, config.previewed, "preview", account)
    yield _environment(DRIFT, config.stacks, "refresh", account)
    deployed = {name: replace(account, stacks=[name]) for name in config.stacks}
    if config.pull_request_stacks:
        # Stacks of one configuration cannot share a domain name, and other stacks have records.
        deployed[PULL_REQUEST] = replace(account, stacks=[PULL_REQUEST_STACKS], hosted_zone_ids=[])
    for name, scope in deployed.items():
        arn = None
        if config.permissions_boundary:
            policy = boundary_name(account.project, name)
            arn = f"arn:{account.partition}:iam::{account.account}:policy/{policy}"
        bounded = replace(scope, boundary_arn=arn)
        yield Environment(name=name, stacks=scope.stacks, access="deploy", scope=bounded)


def boundary_name(project: str, environment: str) -> str:
    """Return the name of the boundary of an environment's stacks."""
    return deployed_name(project, f"{environment}-boundary")


def _environment(name: str, stacks: Sequence[str], access: Access, scope: Scope) -> Environment:
    return Environment(
        name=name, stacks=stacks, access=access, scope=replace(scope, stacks=list(stacks))
    )

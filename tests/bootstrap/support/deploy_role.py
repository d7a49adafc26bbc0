"""A deploy role on the embedded AWS, whose permissions decide about each request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from bootstrap.permissions import Scope, boundary_document, deploy_documents
from local.deployment.workarounds import rewrite_policy
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.emulator import Emulator
    from tooling.clients import Client
    from tooling.stackfile import StackFile

_REFUSED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")


class DeployRole:
    """The role of a stack; a request that it may not make is noted, and made as root."""

    def __init__(self, emulator: Emulator, settings: StackFile) -> None:
        self.refused: set[str] = set()
        self._emulator = emulator
        self._clients: dict[str, _Client] = {}
        account = emulator.client("sts").get_caller_identity()["Account"]
        name = f"github-{settings.project}-{settings.stack}"
        self.boundary_arn = f"arn:aws:iam::{account}:policy/{name}-boundary"
        scope = Scope(
            partition="aws",
            account=account,
            regions=[REGION],
            home_region=REGION,
            project=settings.project,
            stacks=[settings.stack],
            boundary_arn=self.boundary_arn,
        )
        self._create(name, account, scope)
        self._credentials = emulator.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{name}", RoleSessionName="deployment"
        )["Credentials"]

    def client(self, service: str) -> Client:
        """A client with the role's credentials."""
        if service not in self._clients:
            credentials = self._credentials
            own = boto3.client(
                service,
                endpoint_url=self._emulator.url,
                region_name=REGION,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )
            root = self._emulator.client(service)
            self._clients[service] = _Client(service, own, root, self.refused)
        return self._clients[service]

    def _create(self, name: str, account: str, scope: Scope) -> None:
        iam = self._emulator.client("iam")
        # As for the stack's other policies: what the emulator asks for batches of messages.
        boundary = rewrite_policy(json.dumps(boundary_document(scope)))
        iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=boundary)
        trust = {"AWS": f"arn:aws:iam::{account}:root"}
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trust}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        for section, policy in deploy_documents(scope).items():
            created = iam.create_policy(
                PolicyName=f"{name}-{section}", PolicyDocument=json.dumps(policy)
            )
            iam.attach_role_policy(RoleName=name, PolicyArn=created["Policy"]["Arn"])


class _Client:
    """A client of the role; refused requests are repeated by root's."""

    def __init__(self, service: str, own: Client, root: Client, refused: set[str]) -> None:
        self._service = service
        self._own = own
        self._root = root
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        operation = self._own.meta.method_to_api_mapping.get(name)
        if operation is None:
            return getattr(self._root, name)
        return self._repeating(name, f"{self._service}:{operation}")

    def _repeating(self, name: str, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            try:
                return getattr(self._own, name)(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _REFUSED:
                    raise
                self._refused.add(operation)
                return getattr(self._root, name)(**arguments)

        return call

"""Deploys a stack to the emulator: a mock Pulumi engine that creates each resource there."""

from __future__ import annotations

import dataclasses
import json
import secrets
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Final

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import rpc

from local import program
from local.adapters import ADAPTERS, Target
from local.resources import Resource
from tooling.errors import UserError
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.adapters import Adapter
    from local.emulator import Emulator
    from tooling.stackfile import StackFile

    # Called with the type and the logical name of each created resource.
    Progress = Callable[[str, str], None]

# Stacks and components: records of the engine, for which nothing is created.
_RECORDS = ("pulumi:", "orders:")
# The sender of a stack that has none: no email leaves this machine.
SENDER: Final = "orders@example.com"


def deploy(
    emulator: Emulator,
    stackfile: StackFile,
    *,
    function: Callable[[], object] | None = None,
    progress: Progress = lambda _type, _name: None,
    storefront_url: str = "",
    record: Callable[[Resource], object] = lambda _resource: None,
) -> dict[str, Any]:
    """Deploy a stack to a running emulator and return its outputs.

    Args:
        emulator: The target.
        stackfile: The stack and its configuration.
        function: A program in place of the project's `__main__.py`.
        progress: Called after every AWS resource.
        storefront_url: Where the storefront's bucket is served.
        record: Called with every created AWS resource.
    """
    stackfile = _local_settings(emulator, stackfile)
    _verify_sender(emulator, stackfile)
    deployer = Deployer(emulator, progress, storefront_url=storefront_url, record=record)
    if function is None:
        return program.run(deployer, stackfile)
    return program.run_function(deployer, stackfile, function)


def _local_settings(emulator: Emulator, stackfile: StackFile) -> StackFile:
    """Return the settings with the emulator's endpoints, and a sender if the stack has none."""
    services = sorted({kind.split(":")[1].split("/")[0] for kind in ADAPTERS})
    endpoints = json.dumps([dict.fromkeys(services, emulator.url)])
    key = f"{stackfile.project}:emailFrom"
    sender = stackfile.config.get(key) or SENDER
    return dataclasses.replace(
        stackfile, config={**stackfile.config, key: sender, "aws:endpoints": endpoints}
    )


def _verify_sender(emulator: Emulator, stackfile: StackFile) -> None:
    """Create the sender's identity, which on AWS its owner verifies by a link in an email."""
    _, sender = parseaddr(stackfile.config[f"{stackfile.project}:emailFrom"])
    ses = emulator.client("sesv2")
    identities = ses.list_email_identities()["EmailIdentities"]
    if sender and sender not in [identity["IdentityName"] for identity in identities]:
        ses.create_email_identity(EmailIdentity=sender)


class Deployer(pulumi.runtime.Mocks):
    """Creates each registered resource in the emulator."""

    def __init__(
        self,
        emulator: Emulator,
        progress: Progress = lambda _type, _name: None,
        *,
        storefront_url: str = "",
        record: Callable[[Resource], object] = lambda _resource: None,
    ) -> None:
        account_id = emulator.client("sts").get_caller_identity()["Account"]
        self._target = Target(
            client=emulator.client,
            url=emulator.url,
            region=REGION,
            account_id=account_id,
            storefront_url=storefront_url,
        )
        self._progress = progress
        self._record = record

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Create one resource; see `pulumi.runtime.Mocks`."""
        if args.typ.startswith(_RECORDS):
            return args.name, args.inputs
        if args.typ not in ADAPTERS:
            raise UserError(
                f"The resource type {args.typ} has no local adapter; add one to local/adapters."
            )
        adapter = ADAPTERS[args.typ]
        inputs = plain(args.inputs)
        if unknown := adapter.unknown_inputs(inputs):
            raise UserError(
                f"{args.typ} '{args.name}': the local adapter does not pass on "
                f"{', '.join(unknown)}."
            )
        if adapter.name_input is not None and not inputs.get(adapter.name_input):
            # As the engine names resources, or the provider after a name prefix.
            prefix = inputs.get(f"{adapter.name_input}Prefix") or f"{args.name}-"
            inputs[adapter.name_input] = f"{prefix}{secrets.token_hex(4)[:7]}"
        created = self._create(adapter, args, inputs)
        self._record(
            Resource(
                kind=args.typ,
                name=args.name,
                id=created.id,
                inputs=inputs,
                outputs=plain(created.outputs),
                secret_inputs=_secret_names(args.inputs),
                secret_outputs=_secret_names(created.outputs),
            )
        )
        self._progress(args.typ, args.name)
        name = {adapter.name_input: inputs[adapter.name_input]} if adapter.name_input else {}
        return created.id, {**args.inputs, **name, **created.outputs}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Return a data source's result; see `pulumi.runtime.Mocks`."""
        region, account_id = self._target.region, self._target.account_id
        responses: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": account_id,
                "arn": f"arn:aws:iam::{account_id}:root",
                "id": account_id,
                "userId": account_id,
            },
            "aws:index/getRegion:getRegion": {"id": region, "name": region, "region": region},
            "aws:index/getPartition:getPartition": {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "reverseDnsPrefix": "com.amazonaws",
            },
        }
        if args.token not in responses:
            raise UserError(f"The data source {args.token} has no local result.")
        return responses[args.token], []

    def _create(
        self, adapter: Adapter, args: pulumi.runtime.MockResourceArgs, inputs: dict[str, Any]
    ) -> Any:
        try:
            return adapter.create(self._target, inputs)
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"{args.typ} '{args.name}': {error}") from error


def _secret_names(properties: dict[str, Any]) -> frozenset[str]:
    """Return the names of the properties that are, or have within them, a secret."""
    return frozenset(name for name, value in properties.items() if _has_secret(value))


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return rpc._special_sig_key in value or any(map(_has_secret, value.values()))  # noqa: SLF001 (it has no public name)
    return isinstance(value, list) and any(map(_has_secret, value))


def plain(value: Any) -> Any:
    """Return inputs for boto3: secrets decrypted, and whole numbers as integers, not as floats."""
    if isinstance(value, dict):
        if rpc._special_sig_key in value:  # noqa: SLF001 (it has no public name)
            return plain(value.get("value"))
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

"""Creates a Pulumi program's resources in the emulator: the mock engine that answers with what really was made."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import rpc

from local import account, program
from local.adapters import ADAPTERS, Target
from tooling.errors import UserError
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.adapters import Adapter
    from local.emulator import Emulator
    from tooling.stackfile import StackFile

    # Told of each resource when it is there: its type and its logical name.
    Progress = Callable[[str, str], None]

# Of these the engine keeps a record, and nothing is created anywhere.
_RECORDS = ("pulumi:", "orders:")


def deploy(
    emulator: Emulator,
    stackfile: StackFile,
    *,
    function: Callable[[], object] | None = None,
    progress: Progress = lambda _type, _name: None,
) -> dict[str, Any]:
    """Deploy a stack to a running emulator and return its outputs.

    Args:
        emulator: Where to.
        stackfile: The stack and its configuration.
        function: What to run instead of the project's `__main__.py`.
        progress: Called after every AWS resource.
    """
    stackfile = account.local_settings(emulator, stackfile)
    account.prepare(emulator, stackfile)
    deployer = Deployer(emulator, progress)
    if function is None:
        return program.run(deployer, stackfile)
    return program.run_function(deployer, stackfile, function)


class Deployer(pulumi.runtime.Mocks):
    """Answers a program's resource registrations by creating each resource in the emulator."""

    def __init__(self, emulator: Emulator, progress: Progress = lambda _type, _name: None) -> None:
        account_id = emulator.client("sts").get_caller_identity()["Account"]
        self._target = Target(
            client=emulator.client, url=emulator.url, region=REGION, account_id=account_id
        )
        self._progress = progress

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Create one resource; see `pulumi.runtime.Mocks`."""
        if args.typ.startswith(_RECORDS):
            return args.name, args.inputs
        adapter = _adapter(args.typ)
        inputs = plain(args.inputs)
        if lost := adapter.unknown_inputs(inputs):
            raise UserError(
                f"{args.typ} '{args.name}': the local adapter does not pass on {', '.join(lost)}."
            )
        if adapter.name_input is not None and not inputs.get(adapter.name_input):
            # The engine's way to name, or the provider's for a given beginning.
            beginning = inputs.get(f"{adapter.name_input}Prefix") or f"{args.name}-"
            inputs[adapter.name_input] = f"{beginning}{secrets.token_hex(4)[:7]}"
        created = self._create(adapter, args, inputs)
        self._progress(args.typ, args.name)
        name = {adapter.name_input: inputs[adapter.name_input]} if adapter.name_input else {}
        return created.id, {**args.inputs, **name, **created.outputs}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answer a data source; see `pulumi.runtime.Mocks`."""
        region, account_id = self._target.region, self._target.account_id
        answers: dict[str, dict[str, Any]] = {
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
        if args.token not in answers:
            raise UserError(f"The data source {args.token} has no local answer.")
        return answers[args.token], []

    def _create(
        self, adapter: Adapter, args: pulumi.runtime.MockResourceArgs, inputs: dict[str, Any]
    ) -> Any:
        try:
            return adapter.create(self._target, inputs)
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"{args.typ} '{args.name}': {error}") from error


def plain(value: Any) -> Any:
    """Inputs as boto3 wants them: secrets opened, and whole numbers as integers (the wire has only floats)."""
    if isinstance(value, dict):
        if rpc._special_sig_key in value:  # noqa: SLF001 (the wire format's mark of a secret has no public name)
            return plain(value.get("value"))
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _adapter(token: str) -> Adapter:
    if token not in ADAPTERS:
        raise UserError(
            f"The resource type {token} has no local adapter; add one to local/adapters."
        )
    return ADAPTERS[token]

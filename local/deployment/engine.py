"""Mock Pulumi engines that compare a program's resources with the recorded ones."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from local.deployment.adapters import ADAPTERS
from local.deployment.properties import plain, secret_names, wire_outputs
from local.deployment.resources import Resource
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.adapters import Adapter, Target
    from local.deployment.record import Record

    # Called with the type and the logical name of each resource that is as the program wants it.
    Progress = Callable[[str, str], None]

# Stacks and components: records of the engine, for which nothing is created.
_RECORDS: Final = ("pulumi:", "orders:")
# The part of a name in the record of a resource that another one has replaced.
_REPLACED: Final = " replaced "
# Parts of the codes of errors about what does not exist; each service has its own.
_MISSING: Final = re.compile("NotFound|NoSuch|NonExist|Nonexist")


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a deployment has done; resources of the kinds that it changed, by kind and name."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """A line for each kind of change that was made."""
        return [
            f"{done.capitalize()} {len(resources)}: {', '.join(resources)}"
            for done, resources in vars(self).items()
            if resources
        ]

    def __bool__(self) -> bool:
        """Whether anything was changed."""
        return bool(self.created or self.updated or self.replaced or self.deleted)


class _Engine(pulumi.runtime.Mocks):
    """A mock engine that compares registered resources with the recorded ones."""

    def __init__(self, target: Target, record: Record) -> None:
        self._target = target
        self._record = record
        self._registered: set[tuple[str, str]] = set()

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Settle one resource; see `pulumi.runtime.Mocks`."""
        if args.typ.startswith(_RECORDS):
            return args.name, args.inputs
        if args.typ not in ADAPTERS:
            raise UserError(
                f"The resource type {args.typ} has no local adapter; add one to local/adapters."
            )
        adapter, inputs = ADAPTERS[args.typ], plain(args.inputs)
        if unknown := adapter.unknown_inputs(inputs):
            raise UserError(
                f"{args.typ} '{args.name}': the local adapter does not pass on "
                f"{', '.join(unknown)}."
            )
        if (args.typ, args.name) in self._registered:
            raise UserError(f"{args.typ} '{args.name}' is there twice; give one another name.")
        self._registered.add((args.typ, args.name))
        old = self._record.find(args.typ, args.name)
        named = (
            {}
            if adapter.name_input is None
            else {
                adapter.name_input: inputs.get(adapter.name_input)
                or _generated_name(adapter.name_input, args.name, inputs, old)
            }
        )
        resource = Resource(
            kind=args.typ,
            name=args.name,
            id="",
            inputs={**inputs, **named},
            outputs={},
            secret_inputs=secret_names(args.inputs),
        )
        try:
            settled = self._settle(adapter, resource, old)
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"{args.typ} '{args.name}': {error}") from error
        if settled is None:
            return None, {**args.inputs, **named}
        return settled.id, {**args.inputs, **named, **wire_outputs(settled)}

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

    def _settle(
        self, adapter: Adapter, resource: Resource, old: Resource | None
    ) -> Resource | None:
        """Return the deployed resource for a registered one; None if it is unknown.

        Args:
            adapter: The adapter of its kind.
            resource: What the program wants.
            old: What is deployed, if it is.
        """
        raise NotImplementedError

    def _require_no_loss(
        self, adapter: Adapter, old: Resource, inputs: dict[str, Any], changed: list[str]
    ) -> None:
        """Refuse to replace a resource that holds data."""
        causes = [name for name in changed if name in adapter.fixed_inputs] or changed
        if lost := adapter.data(self._target, old, inputs):
            raise UserError(
                f"{old.kind} '{old.name}' holds {lost}, which another {', '.join(causes)} would "
                "lose; undo the change, or start without KEEP=1."
            )


class Planner(_Engine):
    """Changes nothing, and finds what an update would change."""

    def __init__(self, target: Target, record: Record) -> None:
        super().__init__(target, record)
        # What is new or differs, with its new inputs.
        self.differing: list[Resource] = []

    @property
    def gone(self) -> list[Resource]:
        """What is deployed, and no longer registered."""
        return [each for each in self._record.resources if each.key not in self._registered]

    def _settle(
        self, adapter: Adapter, resource: Resource, old: Resource | None
    ) -> Resource | None:
        if old is None:
            self.differing.append(resource)
            return None
        changed = adapter.changed_inputs(old, resource.inputs)
        if not changed:
            return old
        self.differing.append(resource)
        if adapter.replaces(changed):
            self._require_no_loss(adapter, old, resource.inputs, changed)
            return None
        return old


class Deployer(_Engine):
    """Creates, updates and replaces resources in the emulator."""

    def __init__(
        self,
        target: Target,
        record: Record,
        progress: Progress = lambda _type, _name: None,
    ) -> None:
        super().__init__(target, record)
        self._progress = progress
        self.changes = Changes()

    def delete_others(self) -> None:
        """Delete what the program has not registered, dependents first."""
        for resource in reversed(self._record.resources):
            if resource.key not in self._registered:
                self._delete(resource)
                if _REPLACED not in resource.name:
                    self.changes.deleted.append(str(resource))

    def _settle(self, adapter: Adapter, resource: Resource, old: Resource | None) -> Resource:
        settled = self._changed(adapter, resource, old)
        if settled != old:
            self._record.put(settled)
        self._progress(resource.kind, resource.name)
        return settled

    def _changed(self, adapter: Adapter, resource: Resource, old: Resource | None) -> Resource:
        if old is None:
            settled = self._created(adapter, resource)
            self.changes.created.append(str(resource))
            return settled
        changed = adapter.changed_inputs(old, resource.inputs)
        if not changed:
            return replace(old, inputs=resource.inputs, secret_inputs=resource.secret_inputs)
        if adapter.update is not None and not adapter.replaces(changed):
            outputs = adapter.update(self._target, old, resource.inputs)
            self.changes.updated.append(str(resource))
            return _with_outputs(replace(resource, id=old.id), outputs)
        self._require_no_loss(adapter, old, resource.inputs, changed)
        if not adapter.created_first:
            self._delete(old)
        settled = self._created(adapter, resource)
        if adapter.created_first:  # the end of the update deletes it
            self._record.put(replace(old, name=f"{old.name}{_REPLACED}{old.id}"))
        self.changes.replaced.append(str(resource))
        return settled

    def _created(self, adapter: Adapter, resource: Resource) -> Resource:
        created = adapter.create(self._target, resource.inputs)
        return _with_outputs(replace(resource, id=created.id), created.outputs)

    def _delete(self, resource: Resource) -> None:
        try:
            ADAPTERS[resource.kind].delete(self._target, resource)
        except ClientError as error:
            if not _MISSING.search(error.response.get("Error", {}).get("Code", "")):
                raise UserError(f"{resource.kind} '{resource.name}': {error}") from error
        self._record.remove(resource)


def _generated_name(
    name_input: str, name: str, inputs: dict[str, Any], old: Resource | None
) -> str:
    """Return a name as the engine generates it, or the provider after a name prefix."""
    if old is not None:
        return str(old.inputs[name_input])
    prefix = inputs.get(f"{name_input}Prefix") or f"{name}-"
    return f"{prefix}{secrets.token_hex(4)[:7]}"


def _with_outputs(resource: Resource, outputs: dict[str, Any]) -> Resource:
    return replace(resource, outputs=plain(outputs), secret_outputs=secret_names(outputs))

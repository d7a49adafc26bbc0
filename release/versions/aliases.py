"""Lambda aliases of a release: `live`, which everything invokes, and `previous`, its record.

The alias `previous` points to the version before the last release. Its description has what else a
rollback needs, so that the whole record is written by one call, is seen in the Lambda console, and
is deleted with the function (docs/adr/0049).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from handlers.common.contract import ALIAS
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.stack import Stack
    from tooling.clients import Client

PREVIOUS: Final = "previous"

# The names of a record's parts in the description of `previous`.
_PARTS: Final = {
    "replaced_by": "replaced by",
    "pending": "a deployment began at",
    "rolled_back": "rolled back",
}
_SEPARATOR: Final = "; "


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known about the versions of a function besides the one that is live."""

    previous: str
    """The version that a rollback returns to."""
    replaced_by: str | None = None
    """The version that the last release put in its place."""
    pending: str | None = None
    """The version that was live when a deployment began, until that has succeeded."""
    rolled_back: str | None = None
    """The version from which the last rollback returned; nothing returns to it."""

    @property
    def description(self) -> str:
        """The description of the alias: `replaced by: 7; rolled back: 6`."""
        parts = {name: getattr(self, field) for field, name in _PARTS.items()}
        return _SEPARATOR.join(f"{name}: {version}" for name, version in parts.items() if version)

    @classmethod
    def parse(cls, previous: str, description: str) -> Record:
        """Return the record in an alias; unknown parts are left out."""
        pairs = (part.partition(": ") for part in description.split(_SEPARATOR))
        parts = {name: version for name, _, version in pairs}
        return cls(previous=previous, **{field: parts.get(name) for field, name in _PARTS.items()})


@dataclass(frozen=True, kw_only=True)
class Function:
    """A deployed function: its aliases as they were last read or written."""

    package: str
    name: str
    published: str | None
    """The version that the last `pulumi up` published; None where the outputs do not say it."""
    live: str
    candidate: str | None = None
    """The version that gets `weight` of the invocations during a canary."""
    weight: float = 0
    revision: str = ""
    record: Record | None = None
    record_revision: str = ""

    @property
    def recorded_live(self) -> str:
        """The live version, or the one before it if that was rolled back and nobody released it."""
        record = self.record
        return record.previous if record and record.rolled_back == self.live else self.live

    def __str__(self) -> str:
        """The function and its versions: `email 6`, or `email 6 with 10 % for 7`."""
        if self.candidate is None:
            return f"{self.package} {self.live}"
        return f"{self.package} {self.live} with {percent(self.weight)} for {self.candidate}"


def percent(weight: float) -> str:
    """Return a weight as text: `10 %`."""
    return f"{100 * weight:g} %"


class Aliases:
    """The aliases of a stack's functions. Each write checks that nobody else has written since."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client: Client = stack.client("lambda")

    def read(self) -> list[Function]:
        """Return all functions of the stack, by name."""
        outputs = self._stack.outputs
        return [
            self._read(package, name, outputs.function_versions.get(package))
            for package, name in sorted(outputs.function_names.all.items())
        ]

    def _read(self, package: str, name: str, published: str | None) -> Function:
        live = self._client.get_alias(FunctionName=name, Name=ALIAS)
        try:
            previous = self._client.get_alias(FunctionName=name, Name=PREVIOUS)
        except self._client.exceptions.ResourceNotFoundException:
            previous = None
        candidate, weight = _candidate(live)
        return Function(
            package=package,
            name=name,
            published=published,
            live=live["FunctionVersion"],
            candidate=candidate,
            weight=weight,
            revision=live["RevisionId"],
            record=Record.parse(previous["FunctionVersion"], previous.get("Description", ""))
            if previous
            else None,
            record_revision=previous["RevisionId"] if previous else "",
        )

    def point(
        self, function: Function, version: str, *, candidate: str | None = None, weight: float = 0
    ) -> Function:
        """Point `live` to a version, and a part of its invocations to another one.

        Raises:
            UserError: somebody else has changed the alias since it was read.
        """
        weights = {candidate: weight} if candidate else {}
        wanted = {
            "FunctionVersion": version,
            "RoutingConfig": {"AdditionalVersionWeights": weights},
        }
        alias = self._update(function, ALIAS, function.revision, wanted)
        return replace(
            function,
            live=version,
            candidate=candidate,
            weight=weight,
            revision=alias["RevisionId"],
        )

    def write(self, function: Function, record: Record) -> Function:
        """Write a function's record, if it differs.

        Raises:
            UserError: somebody else has changed it since it was read.
        """
        if record == function.record:
            return function
        wanted = {"FunctionVersion": record.previous, "Description": record.description}
        if function.record is None:
            alias = self._client.create_alias(FunctionName=function.name, Name=PREVIOUS, **wanted)
        else:
            alias = self._update(function, PREVIOUS, function.record_revision, wanted)
        return replace(function, record=record, record_revision=alias["RevisionId"])

    def versions(self, function: Function) -> list[str]:
        """Return the published versions of a function, oldest first."""
        pages = self._client.get_paginator("list_versions_by_function").paginate(
            FunctionName=function.name
        )
        numbers = {each["Version"] for page in pages for each in page["Versions"]} - {"$LATEST"}
        return sorted(numbers, key=int)

    def _update(
        self, function: Function, alias: str, revision: str, wanted: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        target = {"FunctionName": function.name, "Name": alias}
        try:
            updated: Mapping[str, Any] = self._client.update_alias(
                **target, RevisionId=revision, **wanted
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailedException":
                raise
            # An attempt whose response was lost has changed the revision as well.
            actual: Mapping[str, Any] = self._client.get_alias(**target)
            if _parts(actual) != {**_parts(actual), **_parts(wanted)}:
                raise UserError(
                    f"The alias '{alias}' of {function.name} was changed by somebody else "
                    "meanwhile; nothing more was done. See what is live with: rollback --dry-run."
                ) from error
            return actual
        return updated


def _candidate(alias: Mapping[str, Any]) -> tuple[str | None, float]:
    # AWS allows one additional version.
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return next(iter(weights.items()), (None, 0))


def _parts(alias: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an alias says, with equal weights in equal form."""
    parts = {name: alias[name] for name in ("FunctionVersion", "Description") if name in alias}
    return {**parts, "weights": _candidate(alias)}

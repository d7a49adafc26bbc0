"""A resource's properties: from the wire format to plain values for boto3, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import rpc

from local.deployment.resources import file_at

if TYPE_CHECKING:
    from local.deployment.resources import Resource


def secret(value: str) -> dict[str, str]:
    """Return a secret output in the wire format."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}  # noqa: SLF001 (no public name)


def wire_outputs(resource: Resource) -> dict[str, Any]:
    """Return a resource's outputs with its secrets in the wire format."""
    return {
        name: secret(value) if name in resource.secret_outputs else value
        for name, value in resource.outputs.items()
    }


def secret_names(properties: dict[str, Any]) -> frozenset[str]:
    """Return the names of the properties that are, or have within them, a secret."""
    return frozenset(name for name, value in properties.items() if _has_secret(value))


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return rpc._special_sig_key in value or any(map(_has_secret, value.values()))  # noqa: SLF001 (it has no public name)
    return isinstance(value, list) and any(map(_has_secret, value))


def plain(value: Any) -> Any:
    """Return inputs for boto3: secrets decrypted, and whole numbers as integers, not as floats.

    A file that the program names has the digest of its content.
    """
    if isinstance(value, pulumi.FileArchive | pulumi.FileAsset):
        return file_at(value.path)
    if isinstance(value, dict):
        if rpc._special_sig_key in value:  # noqa: SLF001 (it has no public name)
            return plain(value.get("value"))
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

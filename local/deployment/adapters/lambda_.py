"""Lambda functions, aliases, permissions, event source mappings and provisioned concurrency."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise_inputs,
    deletes,
    one_call,
    rename,
    retagged,
    without,
)
from local.deployment.resources import File
from tooling.errors import UserError

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource
    from tooling.clients import Client

_FUNCTION = {
    "name": "FunctionName",
    "role": "Role",
    "runtime": "Runtime",
    "handler": "Handler",
    "architectures": "Architectures",
    "memorySize": "MemorySize",
    "timeout": "Timeout",
    "environment": "Environment",
    "description": "Description",
    "publish": "Publish",
    "tags": "Tags",
}
_BLOCKS = {"loggingConfig", "snapStart", "vpcConfig"}
_ALIAS = {"functionName", "name", "functionVersion"}
_MAPPING = {
    *("functionName", "eventSourceArn", "batchSize", "maximumBatchingWindowInSeconds"),
    *("bisectBatchOnFunctionError", "maximumRecordAgeInSeconds", "functionResponseTypes"),
    *("startingPosition", "filterCriteria", "scalingConfig", "parallelizationFactor"),
}
# What an update cannot change, and what it sets where the program no longer does.
_FIXED = ("EventSourceArn", "StartingPosition")
_UNSET: dict[str, Any] = {
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {},
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": -1,
    "ParallelizationFactor": 1,
    "ScalingConfig": {},
}
_PROVISIONED = {
    "functionName": "FunctionName",
    "qualifier": "Qualifier",
    "provisionedConcurrentExecutions": "ProvisionedConcurrentExecutions",
}
_PERMISSION = {
    "action": "Action",
    "function": "FunctionName",
    "principal": "Principal",
    "qualifier": "Qualifier",
    "sourceArn": "SourceArn",
}


_LATEST = "$LATEST"
# What UpdateFunctionConfiguration has no argument for.
_NO_CONFIGURATION = {"FunctionName", "Architectures", "Publish", "Tags"}
# Settings that a function loses where the program no longer gives them.
_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "MemorySize": 128,
    "SnapStart": {"ApplyOn": "None"},
    "Timeout": 3,
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}


def _function(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("lambda"), inputs["name"]
    bundle = _zip(name, inputs.get("code"))
    response = client.create_function(Code={"ZipFile": bundle}, **_arguments(inputs))
    _await(client, "function_active_v2", name, response["Version"])
    if _reserved(inputs) is not None:
        _set_reserved(client, name, inputs)
    return Created(name, _function_outputs(target, name, response))


def _arguments(inputs: Inputs) -> dict[str, Any]:
    arguments = rename(inputs, _FUNCTION) | capitalise_inputs(inputs, _BLOCKS)
    if "Environment" in arguments:  # the variables' names are the program's
        arguments["Environment"] = {"Variables": inputs["environment"].get("variables") or {}}
    return arguments


def _await(client: Client, state: str, name: str, version: str) -> None:
    client.get_waiter(state).wait(
        FunctionName=name,
        Qualifier=version,
        WaiterConfig={"Delay": 0.05, "MaxAttempts": 600},
    )


def _reserved(inputs: Inputs) -> int | None:
    reserved: int = inputs.get("reservedConcurrentExecutions", -1)
    return reserved if reserved >= 0 else None


def _set_reserved(client: Client, name: str, inputs: Inputs) -> None:
    if (reserved := _reserved(inputs)) is None:
        client.delete_function_concurrency(FunctionName=name)
    else:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)


def _update_function(target: Target, function: Resource, inputs: Inputs) -> dict[str, Any]:
    """Change code and configuration in place, and publish a version; the alias moves later."""
    client, name, old = target.client("lambda"), function.id, function.inputs
    before, after = _configuration(old), _configuration(inputs)
    if changed := {key: value for key, value in after.items() if before.get(key) != value}:
        client.update_function_configuration(FunctionName=name, **changed)
        _await(client, "function_updated_v2", name, _LATEST)
    code = {key: inputs.get(key) for key in ("code", "architectures")}
    if code != {key: old.get(key) for key in code}:
        architectures = rename(inputs, {"architectures": "Architectures"})
        bundle = _zip(name, inputs.get("code"))
        client.update_function_code(FunctionName=name, ZipFile=bundle, **architectures)
        _await(client, "function_updated_v2", name, _LATEST)
    if _reserved(inputs) != _reserved(old):
        _set_reserved(client, name, inputs)
    added, removed = retagged(function, inputs)
    if added:
        client.tag_resource(Resource=function.outputs["arn"], Tags=added)
    if removed:
        client.untag_resource(Resource=function.outputs["arn"], TagKeys=removed)
    if not inputs.get("publish"):
        latest = client.get_function_configuration(FunctionName=name)
        return _function_outputs(target, name, latest)
    # AWS publishes none, and returns the last version, where code and configuration are the same.
    response = client.publish_version(FunctionName=name)
    _await(client, "function_active_v2", name, response["Version"])
    return _function_outputs(target, name, response)


def _configuration(inputs: Inputs) -> dict[str, Any]:
    """Return what UpdateFunctionConfiguration sets, with the defaults of what is not set."""
    arguments = {**_DEFAULTS, **_arguments(inputs)}
    return {name: value for name, value in arguments.items() if name not in _NO_CONFIGURATION}


def _function_outputs(target: Target, name: str, response: dict[str, Any]) -> dict[str, Any]:
    arn, version = target.arn("lambda", f"function:{name}"), response["Version"]
    return {
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(target, arn),
        "qualifiedInvokeArn": _invoke_arn(target, f"{arn}:{version}"),
        "lastModified": response["LastModified"],
        "sourceCodeSize": response["CodeSize"],
        "codeSha256": response["CodeSha256"],
    }


def _invoke_arn(target: Target, arn: str) -> str:
    return f"arn:aws:apigateway:{target.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _zip(name: str, code: object) -> bytes:
    """Return the bundle, a zip file that the program names by its path."""
    if not isinstance(code, File):
        raise UserError(
            f"The function '{name}' must get its code from a zip file (pulumi.FileArchive)."
        )
    path = Path(code.path)
    if not path.is_file():
        raise UserError(f"The function '{name}' has no bundle: there is no file {path}.")
    return path.read_bytes()


def _alias(target: Target, inputs: Inputs) -> Created:
    alias = target.client("lambda").create_alias(**capitalise_inputs(inputs, _ALIAS))
    arn = alias["AliasArn"]
    return Created(arn, {"arn": arn, "invokeArn": _invoke_arn(target, arn)})


def _update_alias(target: Target, alias: Resource, inputs: Inputs) -> dict[str, Any]:
    target.client("lambda").update_alias(**capitalise_inputs(inputs, _ALIAS))
    return alias.outputs


def _permission(target: Target, inputs: Inputs) -> Created:
    statement = f"pulumi-{secrets.token_hex(4)}"
    target.client("lambda").add_permission(StatementId=statement, **rename(inputs, _PERMISSION))
    return Created(statement, {"statementId": statement})


def _mapping(target: Target, inputs: Inputs) -> Created:
    response = target.client("lambda").create_event_source_mapping(
        Tags=inputs.get("tags", {}), **_mapping_arguments(inputs)
    )
    return Created(response["UUID"], _mapping_outputs(target, response))


def _mapping_arguments(inputs: Inputs) -> dict[str, Any]:
    arguments = capitalise_inputs(inputs, _MAPPING)
    if failure := (inputs.get("destinationConfig") or {}).get("onFailure"):
        arguments["DestinationConfig"] = {"OnFailure": {"Destination": failure["destinationArn"]}}
    return arguments


def _mapping_outputs(target: Target, response: dict[str, Any]) -> dict[str, Any]:
    uuid = response["UUID"]
    return {
        "arn": target.arn("lambda", f"event-source-mapping:{uuid}"),
        "uuid": uuid,
        "functionArn": response["FunctionArn"],
        "state": response["State"],
    }


def _update_mapping(target: Target, mapping: Resource, inputs: Inputs) -> dict[str, Any]:
    """Change a mapping in place: it keeps its position in the stream, and whether it is enabled."""
    unset = {
        name: value
        for name, value in _UNSET.items()
        if name[:1].lower() + name[1:] in mapping.inputs
    }
    arguments = {**unset, **without(_mapping_arguments(inputs), *_FIXED)}
    response = target.client("lambda").update_event_source_mapping(UUID=mapping.id, **arguments)
    added, removed = retagged(mapping, inputs)
    if added:
        target.client("lambda").tag_resource(Resource=mapping.outputs["arn"], Tags=added)
    if removed:
        target.client("lambda").untag_resource(Resource=mapping.outputs["arn"], TagKeys=removed)
    return _mapping_outputs(target, response)


def _position(_target: Target, mapping: Resource, inputs: Inputs) -> str | None:
    """Name the position in a stream that would be another mapping's source, too."""
    source = mapping.inputs["eventSourceArn"]
    is_stream = "startingPosition" in mapping.inputs
    return "a position in its stream" if is_stream and source == inputs["eventSourceArn"] else None


ADAPTERS = {
    "aws:lambda/function:Function": Adapter(
        create=_function,
        update=_update_function,
        delete=deletes("lambda", "delete_function", {"id": "FunctionName"}),
        fixed_inputs=frozenset({"name"}),
        forwarded_inputs=frozenset(_FUNCTION) | _BLOCKS | {"code", "reservedConcurrentExecutions"},
        ignored_inputs={"tracingConfig": "X-Ray is not emulated."},
    ),
    "aws:lambda/alias:Alias": Adapter(
        create=_alias,
        update=_update_alias,
        delete=deletes("lambda", "delete_alias", {"functionName": "FunctionName", "name": "Name"}),
        forwarded_inputs=frozenset(_ALIAS),
        fixed_inputs=frozenset({"functionName", "name"}),
    ),
    "aws:lambda/permission:Permission": Adapter(
        create=_permission,
        delete=deletes(
            "lambda",
            "remove_permission",
            {"id": "StatementId", "function": "FunctionName", "qualifier": "Qualifier"},
        ),
        forwarded_inputs=frozenset(_PERMISSION),
        name_input=None,
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Adapter(
        create=_mapping,
        update=_update_mapping,
        delete=deletes("lambda", "delete_event_source_mapping", {"id": "UUID"}),
        data=_position,
        fixed_inputs=frozenset({"eventSourceArn", "startingPosition"}),
        forwarded_inputs=frozenset(_MAPPING) | {"destinationConfig", "tags"},
        name_input=None,
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": one_call(
        "lambda",
        "put_provisioned_concurrency_config",
        _PROVISIONED,
        id_format="{functionName},{qualifier}",
        rewritable=True,
        fixed_inputs=frozenset({"functionName", "qualifier"}),
        delete=deletes(
            "lambda",
            "delete_provisioned_concurrency_config",
            {"functionName": "FunctionName", "qualifier": "Qualifier"},
        ),
    ),
}

"""Lambda functions, aliases, permissions, event source mappings and provisioned concurrency."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from local.adapters.base import Adapter, Created, Inputs, capitalise_inputs, one_call, rename
from tooling.errors import UserError

if TYPE_CHECKING:
    from local.adapters.base import Target

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


def _function(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("lambda"), inputs["name"]
    arguments = rename(inputs, _FUNCTION) | capitalise_inputs(inputs, _BLOCKS)
    if "Environment" in arguments:  # the variables' names are the program's
        arguments["Environment"] = {"Variables": inputs["environment"].get("variables") or {}}
    response = client.create_function(Code={"ZipFile": _zip(name, inputs.get("code"))}, **arguments)
    client.get_waiter("function_active_v2").wait(
        FunctionName=name,
        Qualifier=response["Version"],
        WaiterConfig={"Delay": 0.1, "MaxAttempts": 300},
    )
    if (reserved := inputs.get("reservedConcurrentExecutions", -1)) >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    return Created(name, _function_outputs(target, name, response))


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
    if not isinstance(code, pulumi.FileArchive):
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


def _permission(target: Target, inputs: Inputs) -> Created:
    statement = f"pulumi-{secrets.token_hex(4)}"
    target.client("lambda").add_permission(StatementId=statement, **rename(inputs, _PERMISSION))
    return Created(statement, {"statementId": statement})


def _mapping(target: Target, inputs: Inputs) -> Created:
    arguments = {"Tags": inputs.get("tags", {}), **capitalise_inputs(inputs, _MAPPING)}
    if failure := (inputs.get("destinationConfig") or {}).get("onFailure"):
        arguments["DestinationConfig"] = {"OnFailure": {"Destination": failure["destinationArn"]}}
    response = target.client("lambda").create_event_source_mapping(**arguments)
    uuid = response["UUID"]
    arn = target.arn("lambda", f"event-source-mapping:{uuid}")
    return Created(
        uuid,
        {
            "arn": arn,
            "uuid": uuid,
            "functionArn": response["FunctionArn"],
            "state": response["State"],
        },
    )


ADAPTERS = {
    "aws:lambda/function:Function": Adapter(
        create=_function,
        forwarded_inputs=frozenset(_FUNCTION) | _BLOCKS | {"code", "reservedConcurrentExecutions"},
        ignored_inputs={"tracingConfig": "X-Ray is not emulated."},
    ),
    "aws:lambda/alias:Alias": Adapter(create=_alias, forwarded_inputs=frozenset(_ALIAS)),
    "aws:lambda/permission:Permission": Adapter(
        create=_permission, forwarded_inputs=frozenset(_PERMISSION), name_input=None
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Adapter(
        create=_mapping,
        forwarded_inputs=frozenset(_MAPPING) | {"destinationConfig", "tags"},
        name_input=None,
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": one_call(
        "lambda",
        "put_provisioned_concurrency_config",
        _PROVISIONED,
        id_format="{functionName},{qualifier}",
    ),
}

"""Lambda functions, what calls them, and what is kept ready for it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from local.adapters.base import Adapter, Created, Inputs, blocks, one_call, renamed
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
    "packageType": "PackageType",
    "publish": "Publish",
    "kmsKeyArn": "KMSKeyArn",
    "tags": "Tags",
}
_BLOCKS = {"loggingConfig", "deadLetterConfig", "snapStart", "vpcConfig"}
_NEVER_DESTROYED = (
    "It is about what the engine does when it destroys; here nothing is destroyed one by one."
)
_NO_FUNCTION_MEANING = {
    "tracingConfig": "X-Ray is not emulated.",
    "sourceCodeHash": "It tells the engine when to upload again; here every deployment uploads.",
    **dict.fromkeys(
        ("replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds", "skipDestroy"),
        _NEVER_DESTROYED,
    ),
}
_ALIAS = {"functionName", "name", "functionVersion", "description"}
_MAPPING = {
    "functionName", "eventSourceArn", "batchSize", "maximumBatchingWindowInSeconds", "bisectBatchOnFunctionError",
    "maximumRetryAttempts", "maximumRecordAgeInSeconds", "parallelizationFactor", "functionResponseTypes",
    "startingPosition", "enabled", "filterCriteria", "scalingConfig",
}  # fmt: skip
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
    "sourceAccount": "SourceAccount",
    "sourceArn": "SourceArn",
    "statementId": "StatementId",
}


def _function(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("lambda"), inputs["name"]
    arguments = renamed(inputs, _FUNCTION) | blocks(inputs, _BLOCKS)
    if "Environment" in arguments:  # its keys are names of the user's, not of the API's
        arguments["Environment"] = {"Variables": inputs["environment"].get("variables") or {}}
    answer = client.create_function(Code={"ZipFile": _zip(name, inputs.get("code"))}, **arguments)
    client.get_waiter("function_active_v2").wait(
        FunctionName=name,
        Qualifier=answer["Version"],
        WaiterConfig={"Delay": 0.1, "MaxAttempts": 300},
    )
    if (reserved := inputs.get("reservedConcurrentExecutions", -1)) >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    return Created(name, _function_outputs(target, name, answer))


def _function_outputs(target: Target, name: str, answer: dict[str, Any]) -> dict[str, Any]:
    arn, version = target.arn("lambda", f"function:{name}"), answer["Version"]
    return {
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(target, arn),
        "qualifiedInvokeArn": _invoke_arn(target, f"{arn}:{version}"),
        "lastModified": answer["LastModified"],
        "sourceCodeSize": answer["CodeSize"],
        "codeSha256": answer["CodeSha256"],
    }


def _invoke_arn(target: Target, arn: str) -> str:
    return f"arn:aws:apigateway:{target.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _zip(name: str, code: object) -> bytes:
    """The bundle's bytes: the program hands over a zip file by its path."""
    if not isinstance(code, pulumi.FileArchive):
        raise UserError(
            f"The function '{name}' must get its code from a zip file (pulumi.FileArchive)."
        )
    path = Path(code.path)
    if not path.is_file():
        raise UserError(f"The function '{name}' has no bundle: there is no file {path}.")
    return path.read_bytes()


def _alias(target: Target, inputs: Inputs) -> Created:
    arguments = blocks(inputs, _ALIAS)
    if weights := (inputs.get("routingConfig") or {}).get("additionalVersionWeights"):
        arguments["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    alias = target.client("lambda").create_alias(**arguments)
    arn = alias["AliasArn"]
    return Created(arn, {"arn": arn, "invokeArn": _invoke_arn(target, arn)})


def _permission(target: Target, inputs: Inputs) -> Created:
    arguments = {"StatementId": f"pulumi-{secrets.token_hex(4)}", **renamed(inputs, _PERMISSION)}
    target.client("lambda").add_permission(**arguments)
    return Created(arguments["StatementId"], {"statementId": arguments["StatementId"]})


def _mapping(target: Target, inputs: Inputs) -> Created:
    arguments = {"Tags": inputs.get("tags", {}), **blocks(inputs, _MAPPING)}
    if failed := (inputs.get("destinationConfig") or {}).get("onFailure"):
        arguments["DestinationConfig"] = {"OnFailure": {"Destination": failed["destinationArn"]}}
    answer = target.client("lambda").create_event_source_mapping(**arguments)
    uuid = answer["UUID"]
    arn = target.arn("lambda", f"event-source-mapping:{uuid}")
    return Created(
        uuid,
        {"arn": arn, "uuid": uuid, "functionArn": answer["FunctionArn"], "state": answer["State"]},
    )


ADAPTERS = {
    "aws:lambda/function:Function": Adapter(
        create=_function,
        passes=frozenset(_FUNCTION) | _BLOCKS | {"code", "reservedConcurrentExecutions"},
        no_meaning_locally=_NO_FUNCTION_MEANING,
    ),
    "aws:lambda/alias:Alias": Adapter(create=_alias, passes=frozenset(_ALIAS) | {"routingConfig"}),
    "aws:lambda/permission:Permission": Adapter(
        create=_permission, passes=frozenset(_PERMISSION), named_by=None
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Adapter(
        create=_mapping, passes=frozenset(_MAPPING) | {"destinationConfig", "tags"}, named_by=None
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": one_call(
        "lambda",
        "put_provisioned_concurrency_config",
        _PROVISIONED,
        identity="{functionName},{qualifier}",
        no_meaning_locally={"skipDestroy": _NEVER_DESTROYED},
    ),
}

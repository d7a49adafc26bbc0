"""A function that returns its event, as an integration of gateways."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from tests.local.support import sample

if TYPE_CHECKING:
    from pathlib import Path

_HANDLER = """
import json

def handler(event, context):
    if event.get("rawPath") == "/crash":
        raise RuntimeError("internal details")
    return {"statusCode": 200, "headers": {"X-Function": "echo"}, "body": json.dumps(event)}
"""


def bundle(folder: Path) -> Path:
    """Write a zip file with the handler."""
    path = folder / "echo.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.py", _HANDLER)
    return path


def function(code: Path) -> aws.lambda_.Alias:
    """Create the function with an alias."""
    role = aws.iam.Role("echo", assume_role_policy=json.dumps(sample.TRUST))
    echo = aws.lambda_.Function(
        "echo",
        role=role.arn,
        runtime="python3.13",
        handler="main.handler",
        publish=True,
        code=pulumi.FileArchive(str(code)),
    )
    return aws.lambda_.Alias(
        "live", name="live", function_name=echo.name, function_version=echo.version
    )


def allow_api(alias: aws.lambda_.Alias, execution_arn: pulumi.Output[str]) -> None:
    """Let an API invoke the function."""
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function=alias.function_name,
        qualifier=alias.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(execution_arn, "/*/*"),
    )

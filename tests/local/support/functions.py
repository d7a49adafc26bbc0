"""Lambda functions of one module, for tests of what the emulator does with them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from tests.local.support import sample

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator


def create_function(emulator: Emulator, name: str, source: str, *, timeout: int) -> None:
    """Create a function whose module defines `handler`, and wait until it can be invoked."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("module.py", source)
    role = emulator.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(sample.TRUST)
    )["Role"]["Arn"]
    functions = emulator.client("lambda")
    functions.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="module.handler",
        Timeout=timeout,
        Code={"ZipFile": archive.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
    )

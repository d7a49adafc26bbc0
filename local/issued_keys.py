"""The access keys that the emulator itself issues, and the patches that the emulator needs behind the guard.

Imported in the emulator's process alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.arn import parse_arn
from ministack.core.router import extract_access_key_id
from ministack.services import apigateway, lambda_svc, sts

if TYPE_CHECKING:
    from local.signatures import Request
    from tooling.signing import AccessKey

# The emulator derives a role's keys from the names of the function and the role, which anybody may know or guess.
_SALT = secrets.token_bytes(32)


def secret_of(access_key_id: str, session_token: str) -> str | None:
    """Return the secret access key of a key that was issued and is valid; None for every other one.

    Keys that the emulator takes for its root's, such as `test` and account IDs, were not issued.
    """
    if iam_evaluator.is_root_access_key(access_key_id):
        return None
    found = iam_evaluator.resolve_credential(access_key_id, session_token=session_token)
    return (
        str(found.secret_access_key)
        if isinstance(found, iam_evaluator.ResolvedCredential)
        else None
    )


def claims_root(request: Request) -> bool:
    """Whether the emulator would take a request for its root's, which it does without looking at the signature."""
    claimed = extract_access_key_id(request.headers, request.parameters)
    return bool(claimed) and iam_evaluator.is_root_access_key(claimed)


def install(root: AccessKey) -> None:
    """Make a key the emulator's root's, and the keys of the functions' roles unpredictable."""
    # Read at each request. The functions' processes get their roles' keys in these variables instead.
    os.environ["AWS_ACCESS_KEY_ID"] = root.access_key_id
    os.environ["AWS_SECRET_ACCESS_KEY"] = root.secret_access_key
    vars(lambda_runtime).update(execution_credentials=role_key)
    vars(lambda_svc).update(execution_credentials=role_key)
    _read_own_pools_in_process()


def role_key(config: dict[str, Any]) -> dict[str, str]:
    """Return the temporary key of a function's role, as the emulator's function of the same use does.

    It is the same for every process of a function: a second one must not invalidate the first one's.
    """
    function, role = config["FunctionArn"], config.get("Role", "")
    name, role_name = config.get("FunctionName", "")[:64], role.rpartition("/")[2]
    key_id, secret, token = (_derived(part, function, role) for part in ("key", "secret", "token"))
    session = {
        "Arn": f"arn:aws:sts::{parse_arn(function).account_id}:assumed-role/{role_name}/{name}",
        "UserId": f"{role_name}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    access_key_id = f"ASIA{key_id[:16].upper()}"
    sts.register_session(access_key_id, session)
    return {
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }


def _read_own_pools_in_process() -> None:
    """Let token authorizers read the keys of the emulator's user pools without an unsigned request to itself."""
    fetch, own = apigateway._fetch_jwks, f"http://{apigateway._HOST}:{apigateway._PORT}/"  # noqa: SLF001

    async def fetch_jwks(url: str) -> Any:
        if not url.startswith(own):
            return await fetch(url)
        from ministack.services import cognito  # noqa: PLC0415 (its import makes keys)

        _status, _headers, body = cognito.well_known_jwks(url.removeprefix(own).partition("/")[0])
        return json.loads(body)

    vars(apigateway).update(_fetch_jwks=fetch_jwks)


def _derived(*parts: str) -> str:
    return hmac.new(_SALT, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

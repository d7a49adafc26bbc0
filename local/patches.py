"""Patches of the emulator: keys, paths, logs of failed invocations, state that survives.

Imported in the emulator's process alone.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import importlib
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.arn import parse_arn
from ministack.core.router import extract_access_key_id
from ministack.services import apigateway, cloudwatch_logs, lambda_svc, sts

from local import redelivery
from local.log_filters import field_filter

if TYPE_CHECKING:
    from types import ModuleType

    from local.signatures import Request
    from tooling.signing import AccessKey

# The emulator derives a role's keys from names alone, which are no secret.
_SALT = secrets.token_bytes(32)
_INVOKE_PREFIX = "/_aws/execute-api/"
_DEFAULT_STAGE = "$default"
_parse_invoke_url = app._parse_execute_api_url  # noqa: SLF001 (no public name)
_execute = lambda_svc._execute_function_warm  # noqa: SLF001 (as above)
_compile_filter_pattern = cloudwatch_logs._compile_filter_pattern  # noqa: SLF001 (as above)
# The type of error whose log line the emulator writes as Lambda does.
_TIMED_OUT = "Sandbox.Timedout"
# Parts of a service's state that the emulator does not save.
_UNSAVED = {"dynamodb": ("_stream_records", "_stream_trimmed"), "ses": ("_sent_emails",)}


def install(root: AccessKey, *, save_whole_state: bool) -> None:
    """Patch the emulator, before it serves.

    Args:
        root: The key that becomes the emulator's root key.
        save_whole_state: Whether streams and mailbox, too, survive a restart.
    """
    # Read at each request. The functions' processes get their roles' keys in these variables.
    os.environ["AWS_ACCESS_KEY_ID"] = root.access_key_id
    os.environ["AWS_SECRET_ACCESS_KEY"] = root.secret_access_key
    for module in (lambda_runtime, lambda_svc):
        vars(module).update(execution_credentials=role_credentials)
    _fetch_own_key_sets_in_process()
    vars(app).update(_parse_execute_api_url=parse_invoke_url)
    vars(cloudwatch_logs).update(
        _compile_filter_pattern=lambda raw: field_filter(raw) or _compile_filter_pattern(raw)
    )
    vars(lambda_svc).update(_execute_function_warm=execute_and_log_errors)
    redelivery.install()
    if save_whole_state:
        for service, stores in _UNSAVED.items():
            _save(importlib.import_module(f"ministack.services.{service}"), stores)


def issued_secret(access_key_id: str, session_token: str) -> str | None:
    """Return the secret of a valid key that the emulator has issued; None for every other key.

    The keys that the emulator takes for its root key, `test` and account IDs, were not issued.
    """
    if iam_evaluator.is_root_access_key(access_key_id):
        return None
    credential = iam_evaluator.resolve_credential(access_key_id, session_token=session_token)
    if isinstance(credential, iam_evaluator.ResolvedCredential):
        return str(credential.secret_access_key)
    return None


def claims_root(request: Request) -> bool:
    """Whether the emulator would take the request's key for its root key, without a signature."""
    claimed = extract_access_key_id(request.headers, request.parameters)
    return bool(claimed) and iam_evaluator.is_root_access_key(claimed)


def role_credentials(config: dict[str, Any]) -> dict[str, str]:
    """Return the temporary key of a function's role, as environment variables.

    All processes of a function have the same key: a second process must not invalidate the first.
    """
    function, role = config["FunctionArn"], config.get("Role", "")
    name, role_name = config.get("FunctionName", "")[:64], role.rpartition("/")[2]
    key_id, secret, token = (_derive(part, function, role) for part in ("key", "secret", "token"))
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


def execute_and_log_errors(
    function: dict[str, Any], event: dict[str, Any], request_id: str
) -> dict[str, Any]:
    """Execute a function, and end its log with the error that it did not catch, as Lambda does.

    The emulator logs only the traceback of a handler, and nothing where the import fails.
    """
    result: dict[str, Any] = _execute(function, event, request_id)
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and body.get("errorType") != _TIMED_OUT:
        line = f"[ERROR] {body.get('errorType')}: {body.get('errorMessage')}"
        result["log"] = "\n".join(filter(None, [result.get("log"), line]))
    return result


def _derive(*parts: str) -> str:
    return hmac.new(_SALT, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _fetch_own_key_sets_in_process() -> None:
    """Let JWT authorizers read the keys of the emulator's user pools without a request."""
    fetch, own = apigateway._fetch_jwks, f"http://{apigateway._HOST}:{apigateway._PORT}/"  # noqa: SLF001 (no public names)

    async def fetch_jwks(url: str) -> Any:
        if not url.startswith(own):
            return await fetch(url)
        from ministack.services import cognito  # noqa: PLC0415 (its import generates keys)

        _status, _headers, body = cognito.well_known_jwks(url.removeprefix(own).partition("/")[0])
        return json.loads(body)

    vars(apigateway).update(_fetch_jwks=fetch_jwks)


def parse_invoke_url(host: str, path: str) -> tuple[str, str, str] | None:
    """Return the API, the stage and the path of an invoke URL; None for another URL.

    Where the URL names no stage, the emulator takes the path's first part for one, and loses
    slashes at the beginning and at the end of the path.
    """
    api_id, slash, rest = path.removeprefix(_INVOKE_PREFIX).partition("/")
    is_invocation = path.startswith(_INVOKE_PREFIX) and slash
    stages = apigateway.stages_for_api(api_id) if is_invocation else {}
    if _DEFAULT_STAGE not in stages or rest.partition("/")[0] in stages:
        parsed: tuple[str, str, str] | None = _parse_invoke_url(host, path)
        return parsed
    return api_id, _DEFAULT_STAGE, f"/{rest}"


def _save(service: ModuleType, stores: tuple[str, ...]) -> None:
    """Add stores to the state that a service saves.

    Without the streams, orders that were stored and not yet published would never be, and as many
    later orders as had been published before would be skipped.
    """
    save, load = service.get_state, service.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {**save(), **{name: copy.deepcopy(getattr(service, name)) for name in stores}}

    def load_persisted_state(state: dict[str, Any]) -> None:
        load(state)
        for name in stores:
            getattr(service, name).update(state.get(name, {}))

    vars(service).update(get_state=get_state, load_persisted_state=load_persisted_state)

"""Patches of the emulator: keys, paths, API errors, logs of failed invocations, alarms, state.

Imported in the emulator's process alone.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.router import extract_access_key_id
from ministack.services import (
    apigateway,
    apigateway_v1,
    cloudwatch,
    cloudwatch_logs,
    lambda_svc,
)

from local.deployment.patch_operations import apply_patch
from local.emulator import alias_weights, environments, graceful_stop, redelivery, saving
from local.emulator.log_filters import field_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from local.emulator.fault_injection import FaultTable
    from local.emulator.signatures import Request
    from tooling.signing import AccessKey

# After which a function that was created or changed is active; each save of a handler waits for it.
_STATE_TRANSITION_SECONDS = 0.05
_INVOKE_PREFIX = "/_aws/execute-api/"
_DEFAULT_STAGE = "$default"
# What clients get where Lambda refuses an invocation, and where the function fails.
# https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
_HTTP_API = {"throttle": (503, "Service Unavailable"), "error": (500, "Internal Server Error")}
_REST_API = {"throttle": (500, "Internal server error"), "error": (502, "Internal server error")}
_api_response = lambda_svc.lambda_execute_result_to_api_proxy_response
_parse_invoke_url = app._parse_execute_api_url  # noqa: SLF001 (no public name)
_execute = lambda_svc._execute_function_warm  # noqa: SLF001 (as above)
_put_metric_alarm = cloudwatch._put_metric_alarm  # noqa: SLF001 (as above)
_compile_filter_pattern = cloudwatch_logs._compile_filter_pattern  # noqa: SLF001 (as above)
# The types of errors whose log lines are written as Lambda does.
_LOGGED = {"Sandbox.Timedout", environments.EXIT}
# Parts of a service's state that the emulator does not save.
_UNSAVED = {"dynamodb": ("_stream_records", "_stream_trimmed"), "ses": ("_sent_emails",)}


def install(root: AccessKey, faults: FaultTable, *, save_whole_state: bool) -> None:
    """Patch the emulator, before it serves.

    Args:
        root: The key that becomes the emulator's root key.
        faults: The faults of functions.
        save_whole_state: Whether streams and mailbox, too, survive a restart.
    """
    # Read at each request. The functions' processes get their roles' keys in these variables.
    os.environ["AWS_ACCESS_KEY_ID"] = root.access_key_id
    os.environ["AWS_SECRET_ACCESS_KEY"] = root.secret_access_key
    environments.install(faults)
    _fetch_own_key_sets_in_process()
    vars(app).update(_parse_execute_api_url=parse_invoke_url)
    vars(apigateway_v1).update(_apply_patch=apply_patch)
    vars(lambda_svc).update(_LAMBDA_STATE_TRANSITION_DELAY=_STATE_TRANSITION_SECONDS)
    vars(cloudwatch_logs).update(
        _compile_filter_pattern=lambda raw: field_filter(raw) or _compile_filter_pattern(raw)
    )
    vars(lambda_svc).update(_execute_function_warm=execute_and_log_errors)
    redelivery.install()
    alias_weights.install()
    graceful_stop.install()
    vars(cloudwatch).update(_put_metric_alarm=put_metric_alarm)
    vars(lambda_svc).update(lambda_execute_result_to_api_proxy_response=_api_responses(_HTTP_API))
    vars(apigateway_v1).update(_lambda_proxy_response=_api_responses(_REST_API))
    vars(app).update(save_all=saving.save_all)
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


def execute_and_log_errors(
    function: dict[str, Any], event: dict[str, Any], request_id: str
) -> dict[str, Any]:
    """Execute a function, and end its log with the error that it did not catch, as Lambda does.

    The emulator logs only the traceback of a handler, and nothing where the import fails.
    """
    result: dict[str, Any] = _execute(function, event, request_id)
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    if environments.has_exited(str(body.get("errorMessage"))):
        body["errorType"] = environments.EXIT
    if body.get("errorType") not in _LOGGED:
        line = f"[ERROR] {body.get('errorType')}: {body.get('errorMessage')}"
        result["log"] = "\n".join(filter(None, [result.get("log"), line]))
    return result


def put_metric_alarm(parameters: dict[str, Any], body: dict[str, Any], *protocol: bool) -> Any:
    """Create or change an alarm, with its metric math, which the emulator loses."""
    response = _put_metric_alarm(parameters, body, *protocol)
    alarm = cloudwatch._alarms.get(body.get("AlarmName"))  # noqa: SLF001 (no public name)
    if alarm is not None and "Metrics" in body:
        alarm["Metrics"] = body["Metrics"]
        for name in ("Statistic", "Period"):  # the emulator's defaults
            alarm[name] = body.get(name)
    return response


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


def _api_responses(failures: Mapping[str, tuple[int, str]]) -> Callable[..., Any]:
    """Return what makes an API's response of an invocation's result."""

    def api_response(result: dict[str, Any]) -> Any:
        for kind, (status, message) in failures.items():
            if result.get(kind):
                return {"statusCode": status, "body": json.dumps({"message": message})}, None
        return _api_response(result)

    return api_response


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

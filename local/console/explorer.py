"""The page "API": the operations of the stack's OpenAPI document, to read and to call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from local.calls import Caller
from local.console.exchanges import exchange, new_client
from local.console.operations import operations
from local.console.pages import console_of, page
from openapi import files
from openapi.document import document

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.console.operations import Operation

# The parts of a form's names: a parameter may have the name of another field.
_PARAMETER = "parameter:"


def _show(request: Request) -> Response:
    """Show the first operation, or the one that the path names, with its example."""
    every = _operations(request)
    operation = _chosen(request, every)
    values = {each.field.name: "" for each in operation.parameters}
    return _page(request, every, operation, values=values, body=_example(operation))


async def _send(request: Request) -> Response:
    """Send what the form holds, and show the form again with the response."""
    every = await run_in_threadpool(_operations, request)
    operation = _chosen(request, every)
    form = await request.form()
    fields = {name: str(value) for name, value in form.items()}
    values = {
        each.field.name: fields.get(f"{_PARAMETER}{each.field.name}", "")
        for each in operation.parameters
    }
    # A browser sends the line breaks of a text area as CRLF.
    body = fields.get("body", "").replace("\r\n", "\n")
    deployment = console_of(request).deployment
    with_credentials = "credentials" in fields
    caller = await run_in_threadpool(lambda: deployment.caller)
    if not with_credentials:
        caller = Caller(url=caller.url)
    call = operation.call(deployment.outputs["apiEndpoint"], values, body)
    async with new_client() as client:
        sent = await exchange(caller, call, client)
    return _page(
        request,
        every,
        operation,
        values=values,
        body=body,
        with_credentials=with_credentials,
        exchange=sent,
    )


def _page(
    request: Request, every: list[Operation], operation: Operation, **context: Any
) -> Response:
    defaults = {"with_credentials": True, "exchange": None}
    return page(
        request,
        "explorer.html",
        **defaults | context,
        operations=every,
        operation=operation,
        prefix=_PARAMETER,
        endpoint=console_of(request).deployment.outputs.get("apiEndpoint", ""),
    )


def _operations(request: Request) -> list[Operation]:
    """Return the operations of the stack as it is deployed here."""
    return operations(document(files.configuration(console_of(request).deployment.settings)))


def _example(operation: Operation) -> str:
    """Return the example body; where a token says who the customer is, without another ID."""
    if operation.example is None or "jwt" not in operation.security:
        return operation.example or ""
    order = {
        name: value for name, value in json.loads(operation.example).items() if name != "customerId"
    }
    return json.dumps(order, ensure_ascii=False, indent=2)


def _chosen(request: Request, every: list[Operation]) -> Operation:
    wanted = request.path_params.get("operation", every[0].id)
    for operation in every:
        if operation.id == wanted:
            return operation
    raise HTTPException(404, f"The API has no operation '{wanted}'.")


routes: list[BaseRoute] = [
    Route("/api", _show),
    Route("/api/{operation}", _show, methods=["GET"]),
    Route("/api/{operation}", _send, methods=["POST"]),
]

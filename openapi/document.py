"""The OpenAPI document of a stack."""

import json
import tomllib
from typing import Any

from handlers.validation.model import REQUEST_MODELS
from infra.config import StackConfig
from openapi import operations, request_schemas, response_schemas, responses, security, statuses
from tooling.root import ROOT


def document(config: StackConfig) -> dict[str, Any]:
    """Return the document of a stack's configuration."""
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [_server(config)],
        "paths": operations.paths(config),
        "components": _components(config),
    }


def text(config: StackConfig) -> str:
    """Return the document as JSON, as it is written to a file."""
    return json.dumps(document(config), indent=2, ensure_ascii=False) + "\n"


def _components(config: StackConfig) -> dict[str, Any]:
    bodies = dict.fromkeys(
        response.body
        for operation in operations.of(config)
        for response in statuses.responses(config, operation)
    )
    named_responses = {
        operations.response_name(operation, status): response
        for operation in operations.of(config)
        for status, response in responses.of(config, operation).items()
    }
    schemes = security.schemes(config)
    return {
        "schemas": {
            **request_schemas.schemas(REQUEST_MODELS[config.contact]),
            **response_schemas.schemas(bodies),
        },
        "responses": named_responses,
        **({"securitySchemes": schemes} if schemes else {}),
    }


def _info() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "title": "Orders",
        "version": project["version"],
        "description": "Responses are JSON in UTF-8; amounts are exact decimals. Other paths and "
        "methods return 404. CORS preflight requests are supported.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _server(config: StackConfig) -> dict[str, Any]:
    if config.domain:
        return {"url": f"https://{config.domain.name}"}
    endpoint = {
        "default": "https://api.example.com",
        "description": "The stack output `apiEndpoint`.",
    }
    return {"url": "{apiEndpoint}", "variables": {"apiEndpoint": endpoint}}

"""The OpenAPI document of a stack."""

import json
import tomllib
from typing import Any

from handlers.validation.model import REQUEST_MODELS
from infra.config import StackConfig
from openapi import operations, request_body, response_schemas, responses, security, statuses
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
    """Return the same as it is written into a file."""
    return json.dumps(document(config), indent=2, ensure_ascii=False) + "\n"


def _components(config: StackConfig) -> dict[str, Any]:
    asked = operations.of(config)
    bodies = dict.fromkeys(
        answer.body for operation in asked for answer in statuses.answers(config, operation)
    )
    answered = {
        operations.answer_name(operation, status): response
        for operation in asked
        for status, response in responses.of(config, operation).items()
    }
    secured = security.schemes(config)
    return {
        "schemas": {
            **request_body.schemas(REQUEST_MODELS[config.contact]),
            **response_schemas.schemas(bodies),
        },
        "responses": answered,
        **({"securitySchemes": secured} if secured else {}),
    }


def _info() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "title": "Orders",
        "version": project["version"],
        "description": "Answers are JSON in UTF-8; amounts are exact decimals. A path or a method that is not in here "
        "is answered with 404, and a browser's preflight as CORS wants it.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _server(config: StackConfig) -> dict[str, Any]:
    if config.domain.name:
        return {"url": f"https://{config.domain.name}"}
    endpoint = {
        "default": "https://api.example.com",
        "description": "The stack's output `apiEndpoint`.",
    }
    return {"url": "{apiEndpoint}", "variables": {"apiEndpoint": endpoint}}

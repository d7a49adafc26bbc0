"""What a REST API answers browsers that ask beforehand which requests other sites' pages may send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.gateway.args import ALLOWED_HEADERS, PREFLIGHT_SECONDS, labelled
from infra.gateway.rest.deployment import Parts

_STATUS: Final = "204"
_JSON: Final = "application/json"
_ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"

# Header names reach the template as the client wrote them: HTTP/2's are in lower case.
_ECHO_ORIGIN: Final = """\
#set($origin = $input.params().header.get('Origin'))
#if(!$origin || $origin == '')
#set($origin = $input.params().header.get('origin'))
#end
#if({allowed})
#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""


@dataclass(frozen=True, kw_only=True)
class Origins:
    """What says which origins are allowed: headers, and a template that may change them for a request."""

    headers: Mapping[str, str]
    templates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, origins: Sequence[str]) -> "Origins":
        """Return what allows these; a browser is told one of them, its own where that is allowed."""
        first, *others = origins
        if not others:
            return cls(headers={_ALLOW_ORIGIN: first})
        allowed = " || ".join(f"$origin == '{origin}'" for origin in origins)
        template = _ECHO_ORIGIN.replace("{allowed}", allowed)
        return cls(headers={_ALLOW_ORIGIN: first, "Vary": "Origin"}, templates={_JSON: template})


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """Answers `OPTIONS` without a function, for whoever asks: a browser shows no credentials yet."""

    parts: Parts
    api: aws.apigateway.RestApi
    origins: Origins

    def add(self, path: str, resource_id: pulumi.Input[str], methods: Sequence[str]) -> None:
        """Allow the methods of a path."""
        label = f"options{labelled(path)}"
        headers = self._headers(methods)
        place: dict[str, Any] = {"rest_api": self.api.id, "resource_id": resource_id}
        method = self.parts.add(
            aws.apigateway.Method,
            f"{label}-method",
            http_method="OPTIONS",
            authorization="NONE",
            **place,
        )
        integration = self.parts.add(
            aws.apigateway.Integration,
            f"{label}-integration",
            http_method=method.http_method,
            type="MOCK",
            request_templates={_JSON: f'{{"statusCode": {_STATUS}}}'},
            passthrough_behavior="NEVER",
            **place,
        )
        response = self.parts.add(
            aws.apigateway.MethodResponse,
            f"{label}-response",
            http_method=method.http_method,
            status_code=_STATUS,
            response_parameters={f"method.response.header.{name}": True for name in headers},
            **place,
        )
        self.parts.add(
            aws.apigateway.IntegrationResponse,
            f"{label}-integration-response",
            http_method=integration.http_method,
            status_code=response.status_code,
            response_parameters={
                f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
            },
            response_templates=self.origins.templates or None,
            **place,
        )

    def _headers(self, methods: Sequence[str]) -> Mapping[str, str]:
        return {
            **self.origins.headers,
            "Access-Control-Allow-Methods": ",".join(sorted({"OPTIONS", *methods})),
            "Access-Control-Allow-Headers": ",".join(ALLOWED_HEADERS),
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }

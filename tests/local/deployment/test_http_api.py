"""HTTP APIs on the emulator: authorization, paths and domain names."""

from __future__ import annotations

import base64
import json
import threading
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import httpx
import pulumi
import pulumi_aws as aws
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.deployment.deployer import deploy
from tests.local.support import gateways, sample
from tests.support import callers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from local.emulator.emulator import Emulator

_DISCOVERY = "/.well-known/openid-configuration"


def new_key() -> rsa.RSAPrivateKey:
    """A key to sign tokens with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Signs tokens, and serves its public key on a loopback port within a `with` block."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._key = new_key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @cached_property
    def url(self) -> str:
        """The issuer's name and address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def token(self, *, key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:
        """Return a token for an hour; `key` is a foreign key, and claims of None are left out."""
        usual = {"iss": self.url, "sub": "jane", "aud": "orders", "exp": int(time.time()) + 3600}
        held = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        signed = f"{_part({'alg': 'RS256', 'kid': 'first', 'typ': 'JWT'})}.{_part(held)}"
        signature = (key or self._key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def _documents(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "kid": "first",
            "alg": "RS256",
            "use": "sig",
            "n": _base64(numbers.n.to_bytes(256, "big")),
            "e": _base64(numbers.e.to_bytes(3, "big")),
        }
        return {
            _DISCOVERY: {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [key]},
        }

    def _handler(self, *connection: Any) -> BaseHTTPRequestHandler:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests.append(self.path)
                body = json.dumps(issuer._documents()[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_parts: object) -> None:
                """Log nothing."""

        return Handler(*connection)


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The issuer that the API trusts."""
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def outputs(
    emulator: Emulator, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The outputs of the deployed program."""
    folder = tmp_path_factory.mktemp("http")
    code = gateways.bundle(folder)
    return deploy(emulator, sample.stackfile(folder), function=lambda: _program(code, issuer.url))


def _get(outputs: dict[str, Any], path: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{outputs['httpUrl']}{path}", headers=headers, trust_env=False, timeout=30)


def test_the_claims_of_a_token_reach_the_function(outputs: dict[str, Any], issuer: Issuer) -> None:
    """The authorizer fetches the issuer's key and passes the claims on."""
    response = _get(outputs, "/jwt", issuer.token())
    assert response.json()["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "jane"
    assert issuer.requests == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    "path", ["/orders/", "//orders", "/orders//", "/orders%2F", "/a/b/", "/", "/orders"]
)
def test_a_path_reaches_the_api_as_it_is_written(outputs: dict[str, Any], path: str) -> None:
    """Slashes at both ends of a path stay, whether the URL names the stage or not."""
    url = outputs["httpUrl"].removesuffix("/").removesuffix("/$default")
    for endpoint in (url, f"{url}/$default"):
        response = httpx.get(f"{endpoint}{path}", trust_env=False, timeout=30)
        assert response.json()["rawPath"] == path.replace("%2F", "/")


def test_other_tokens_are_refused(outputs: dict[str, Any], issuer: Issuer) -> None:
    """A token that is missing, expired or for another API is refused with 401."""
    refused = [
        None,
        issuer.token(exp=int(time.time()) - 1),
        issuer.token(aud="another"),
        issuer.token(aud=None),
        issuer.token(iss="https://another.example"),
        issuer.token(key=new_key()),
    ]
    assert {_get(outputs, "/jwt", token).status_code for token in refused} == {401}


def test_only_callers_with_permission_reach_a_signed_route(
    emulator: Emulator, outputs: dict[str, Any]
) -> None:
    """The identity-based policy decides for each route."""
    url, action = f"{outputs['httpUrl']}/iam", "execute-api:Invoke"
    allowed = {
        "Effect": "Allow",
        "Action": action,
        "Resource": f"{outputs['executionArn']}/*/GET/iam",
    }
    elsewhere = {**allowed, "Resource": f"{outputs['executionArn']}/*/GET/other"}
    assert httpx.get(url, trust_env=False).status_code == 403
    assert callers.get(url, callers.user(emulator, elsewhere)).status_code == 403
    assert callers.get(url, callers.user(emulator, allowed)).status_code == 200


def test_every_other_path_goes_to_the_default_route(outputs: dict[str, Any]) -> None:
    """A path without a route reaches the function."""
    assert _get(outputs, "/anything/else").json()["routeKey"] == "$default"


def test_a_route_has_throttling_of_its_own(emulator: Emulator, outputs: dict[str, Any]) -> None:
    """The stage has the settings by route."""
    stage = emulator.client("apigatewayv2").get_stage(ApiId=outputs["apiId"], StageName="$default")
    assert stage["RouteSettings"] == {
        "GET /jwt": {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 7}
    }


def test_a_domain_name_leads_to_the_api(emulator: Emulator, tmp_path: Path) -> None:
    """The domain name has its certificate and its API mapping."""
    outputs = deploy(emulator, sample.stackfile(tmp_path), function=_named)
    client, name = emulator.client("apigatewayv2"), "http.example.com"
    assert [item["ApiId"] for item in client.get_api_mappings(DomainName=name)["Items"]] == [
        outputs["api"]
    ]
    domain = client.get_domain_name(DomainName=name)["DomainNameConfigurations"][0]
    assert domain["CertificateArn"] == _CERTIFICATE
    assert outputs["target"] == domain["ApiGatewayDomainName"]
    assert outputs["zone"] == domain["HostedZoneId"]


_CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


def _named() -> None:
    api = aws.apigatewayv2.Api("named", protocol_type="HTTP")
    stage = aws.apigatewayv2.Stage("named", name="$default", api_id=api.id, auto_deploy=True)
    name = aws.apigatewayv2.DomainName(
        "named",
        domain_name="http.example.com",
        domain_name_configuration={
            "certificate_arn": _CERTIFICATE,
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )
    aws.apigatewayv2.ApiMapping(
        "named", api_id=api.id, domain_name=name.domain_name, stage=stage.name
    )
    pulumi.export("api", api.id)
    pulumi.export("target", name.domain_name_configuration.target_domain_name)
    pulumi.export("zone", name.domain_name_configuration.hosted_zone_id)


def _program(code: Path, issuer: str) -> None:
    """Create an API with a default route, and routes with `JWT` and `AWS_IAM` authorization."""
    alias = gateways.function(code)
    api = aws.apigatewayv2.Api("http", protocol_type="HTTP")
    integration = aws.apigatewayv2.Integration(
        "echo",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=alias.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=29000,
    )
    target = integration.id.apply(lambda identifier: f"integrations/{identifier}")
    jwt = aws.apigatewayv2.Authorizer(
        "jwt",
        api_id=api.id,
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration={"issuer": issuer, "audiences": ["orders"]},
    )
    aws.apigatewayv2.Route("all", api_id=api.id, route_key="$default", target=target)
    aws.apigatewayv2.Route(
        "jwt",
        api_id=api.id,
        route_key="GET /jwt",
        target=target,
        authorization_type="JWT",
        authorizer_id=jwt.id,
    )
    aws.apigatewayv2.Route(
        "iam", api_id=api.id, route_key="GET /iam", target=target, authorization_type="AWS_IAM"
    )
    stage = aws.apigatewayv2.Stage(
        "default",
        name="$default",
        api_id=api.id,
        auto_deploy=True,
        route_settings=[
            {"route_key": "GET /jwt", "throttling_rate_limit": 5, "throttling_burst_limit": 7}
        ],
    )
    gateways.allow_api(alias, api.execution_arn)
    pulumi.export("apiId", api.id)
    pulumi.export(
        "httpUrl", pulumi.Output.all(api.api_endpoint, stage.id).apply(lambda values: values[0])
    )
    pulumi.export("executionArn", api.execution_arn)

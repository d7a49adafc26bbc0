"""The storefront's server of `make local`: it serves the bucket's files as CloudFront would.

CloudFront's settings are those of the deployed distribution: the default root object, the custom
error responses and the response headers policy. There is no cache, so that a deployment is seen at
once. It serves loopback clients that name its own address: a page of another host reads nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.web_server import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request

    from local.companions import Session
    from tooling.clients import Client

# Metadata of an S3 object, and the headers in which CloudFront sends it.
_METADATA: Final = {"ContentType": "Content-Type", "CacheControl": "Cache-Control", "ETag": "ETag"}

# Security headers by the policy's blocks, and the fields that are their values.
_VALUES: Final = {
    "ContentSecurityPolicy": ("Content-Security-Policy", "ContentSecurityPolicy"),
    "FrameOptions": ("X-Frame-Options", "FrameOption"),
    "ReferrerPolicy": ("Referrer-Policy", "ReferrerPolicy"),
}

_NO_STOREFRONT: Final = "The stack has no order form; set storefront to true in its file.\n"


@contextmanager
def serve(session: Session) -> Iterator[str]:
    """Serve the storefront of the stack, as it is deployed at each request, within the block."""
    emulator = session.deployment.emulator

    def edge() -> Edge | None:
        outputs = session.deployment.outputs
        if "storefrontUrl" not in outputs:
            return None
        return Edge(
            s3=emulator.client("s3"),
            cloudfront=emulator.client("cloudfront"),
            bucket=outputs["storefrontBucketName"],
            distribution=outputs["storefrontDistributionId"],
        )

    app = create_app(edge, port=session.storefront.getsockname()[1])
    with serving(app, session.storefront):
        url = session.deployment.outputs.get("storefrontUrl")
        yield f"\nThe order form:\n\n{url}" if url else ""


def create_app(edge: Callable[[], Edge | None], port: int) -> Starlette:
    """Return the application that serves a distribution's files on a port.

    Args:
        edge: Returns the deployed distribution, which an update of the stack may add or remove.
        port: The port.
    """
    address = f"127.0.0.1:{port}"

    def respond(request: Request) -> Response:
        hosts = request.headers.getlist("host")
        if hosts == [f"localhost:{port}"]:  # the API allows the origin of the address alone
            return RedirectResponse(f"http://{address}{request.url.path}")
        if hosts != [address]:
            return PlainTextResponse(
                f"The Host header must be {address}.\n", HTTPStatus.MISDIRECTED_REQUEST
            )
        distribution = edge()
        if distribution is None:
            return PlainTextResponse(_NO_STOREFRONT, HTTPStatus.NOT_FOUND)
        return distribution.response(request)

    return Starlette(routes=[Route("/{path:path}", respond, methods=["GET"])])


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A distribution in place of CloudFront's edge locations, which the emulator lacks."""

    s3: Client
    cloudfront: Client
    bucket: str
    distribution: str

    def response(self, request: Request) -> Response:
        """Return the file of a request's path, or the distribution's page for a missing file."""
        config = self.cloudfront.get_distribution_config(Id=self.distribution)["DistributionConfig"]
        key = request.path_params["path"] or config["DefaultRootObject"]
        headers = self._security_headers(config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"])
        if file := self._file(key):
            if _names(request.headers.get("if-none-match", ""), file.headers["ETag"]):
                unchanged = {name: file.headers[name] for name in ("ETag", "Cache-Control")}
                return Response(None, HTTPStatus.NOT_MODIFIED, {**unchanged, **headers})
            return Response(file.body, HTTPStatus.OK, {**file.headers, **headers})
        # Without permission to list the bucket, S3 does not say whether a file exists.
        status = HTTPStatus.FORBIDDEN
        for error in config["CustomErrorResponses"]["Items"]:
            page = self._file(error["ResponsePagePath"].removeprefix("/"))
            if error["ErrorCode"] == status and page:
                return Response(page.body, int(error["ResponseCode"]), {**page.headers, **headers})
        return PlainTextResponse("Access denied\n", status, headers)

    def _file(self, key: str) -> _File | None:
        try:
            item = self.s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            # NoSuchKey, or what the emulator makes of a key that nothing can have.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise
            return None
        headers = {header: item[name] for name, header in _METADATA.items()}
        return _File(item["Body"].read(), headers)

    def _security_headers(self, policy: str) -> Mapping[str, str]:
        config = self.cloudfront.get_response_headers_policy_config(Id=policy)[
            "ResponseHeadersPolicyConfig"
        ]
        security, custom = config["SecurityHeadersConfig"], config["CustomHeadersConfig"]["Items"]
        headers = {
            header: security[block][field]
            for block, (header, field) in _VALUES.items()
            if block in security
        }
        if "ContentTypeOptions" in security:
            headers["X-Content-Type-Options"] = "nosniff"
        headers |= {item["Header"]: item["Value"] for item in custom}
        return _on_plain_http(headers)


def _names(condition: str, etag: str) -> bool:
    """Return whether a condition names a strong ETag, in any form of RFC 9110, section 13.1.2."""
    named = {each.strip().removeprefix("W/") for each in condition.split(",")}
    return not named.isdisjoint({etag, "*"})


@dataclass(frozen=True)
class _File:
    body: bytes
    headers: Mapping[str, str]


def _on_plain_http(headers: dict[str, Any]) -> Mapping[str, str]:
    """Return headers for a server and an API without TLS: the API's URL has `http:` here.

    Strict-Transport-Security is not among them: browsers ignore it without TLS.
    """
    policy = headers["Content-Security-Policy"]
    return {**headers, "Content-Security-Policy": policy.replace("https:", "http:")}

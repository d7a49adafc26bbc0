"""The storefront's files: those of `web/`, `config.json` and the API's OpenAPI document."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.storefront.storefront import Storefront

FOLDER: Final = Path(__file__).parents[2] / "web"

# In the Content-Security-Policy of index.html: the origins that the pages send requests to.
_API_ORIGINS: Final = "{{apiOrigins}}"
_INDEX: Final = "index.html"

_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

# Browsers ask whether a file is current (by its ETag): the files of two deployments do not mix, and
# need no hash in their names.
_CACHE_CONTROL: Final = "no-cache"


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How customers sign in: at the issuer's page (authorization code with PKCE).

    `token_origin` is that of its token endpoint; None where it is the issuer's. `audience` is None
    for an issuer that needs none to be named.
    """

    issuer: str
    token_origin: str | None
    client_id: str
    audience: str | None


@dataclass(frozen=True, kw_only=True)
class StorefrontFilesArgs:
    """The storefront, the URL of `POST /orders`, and what the API is like.

    `api_document` is its OpenAPI document. `sign_in` is None where callers need no token.
    """

    storefront: Storefront
    orders_url: pulumi.Output[str]
    api_document: Mapping[str, Any]
    sign_in: SignIn | None


class StorefrontFiles(pulumi.ComponentResource):
    """The objects in the storefront's bucket, by their keys."""

    def __init__(
        self, name: str, args: StorefrontFilesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:StorefrontFiles", name, None, opts)
        objects = {
            key: aws.s3.BucketObjectv2(
                f"{name}-{key.replace('/', '-')}",
                bucket=args.storefront.bucket.id,
                key=key,
                content_type=_content_type(key),
                cache_control=_CACHE_CONTROL,
                opts=pulumi.ResourceOptions(parent=self),
                **content,
            )
            for key, content in _contents(args)
        }
        self.register_outputs({"keys": sorted(objects)})


def keys_of(folder: Path) -> list[str]:
    """Return the keys of a folder's files, without hidden ones: those of editors, and `.git`."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    visible = (path for path in paths if not any(part.startswith(".") for part in path.parts))
    return sorted(path.as_posix() for path in visible)


def _contents(args: StorefrontFilesArgs) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each key with its content; text as it is, all else in Base64."""
    for key in keys_of(FOLDER):
        path = FOLDER / key
        if key == _INDEX:
            yield key, {"content": _index(path.read_text(encoding="utf-8"), args)}
        elif "image/" in _content_type(key):
            yield key, {"content_base64": base64.b64encode(path.read_bytes()).decode()}
        else:
            yield key, {"content": path.read_text(encoding="utf-8")}
    yield "config.json", {"content": pulumi.Output.json_dumps(_config(args))}
    yield "openapi.json", {"content": json.dumps(args.api_document, separators=(",", ":"))}


def _index(text: str, args: StorefrontFilesArgs) -> pulumi.Output[str]:
    """Return index.html with the origins of the API and of the issuer in its policy."""
    if text.count(_API_ORIGINS) != 1:
        raise ValueError(f"web/{_INDEX} must have the placeholder {_API_ORIGINS} once.")
    sign_in = args.sign_in
    others = [sign_in.issuer, sign_in.token_origin or sign_in.issuer] if sign_in else []

    def fill(orders_url: str) -> str:
        origins = dict.fromkeys(map(_origin_of, [orders_url, *others]))
        return text.replace(_API_ORIGINS, " ".join(origins))

    return args.orders_url.apply(fill)


def _config(args: StorefrontFilesArgs) -> Mapping[str, pulumi.Input[str]]:
    """Return what the form has to know about this stack (docs/order-form.md)."""
    sign_in = args.sign_in
    if sign_in is None:
        return {"ordersUrl": args.orders_url, "auth": "none"}
    return {
        "ordersUrl": args.orders_url,
        "auth": "jwt",
        "issuer": sign_in.issuer,
        "clientId": sign_in.client_id,
        **({"audience": sign_in.audience} if sign_in.audience else {}),
    }


def _content_type(key: str) -> str:
    suffix = Path(key).suffix
    if suffix not in _CONTENT_TYPES:
        raise ValueError(
            f"web/{key} has no content type; name one for '{suffix}' in infra/storefront/files.py."
        )
    return _CONTENT_TYPES[suffix]


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

"""The storefront's files: each of `web/`, and what the deployment writes about the API."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from infra.storefront import files
from openapi import files as openapi_files
from openapi.document import document
from tests.infra.support.features import full, stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.support.graph import Graph, Resource

_WRITTEN = {"config.json", "openapi.json"}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """A stack with a storefront, which needs no tokens."""
    return stack({"storefront": "true"})


def _objects(graph: Graph) -> dict[str, Resource]:
    return {each["key"]: each for each in graph.all(aws.s3.BucketObjectv2)}


def test_every_file_is_uploaded(graph: Graph) -> None:
    """The bucket has the files of `web/` that are not hidden, and two more."""
    paths = {
        path.relative_to(files.FOLDER).as_posix(): path
        for path in files.FOLDER.rglob("[!.]*")
        if path.is_file()
    }
    objects = _objects(graph)
    assert objects.keys() == paths.keys() | _WRITTEN
    for key, path in paths.items():
        inputs = objects[key].inputs
        content = (
            base64.b64decode(inputs["contentBase64"])
            if "contentBase64" in inputs
            else inputs["content"].encode()
        )
        assert key == "index.html" or content == path.read_bytes(), key


def test_hidden_files_stay_private(tmp_path: Path) -> None:
    """Neither hidden files nor those in hidden folders are published."""
    for name in ("index.html", "js/app.js", ".env", ".git/config", "js/.idea/app.js", ".a/.b/c.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert files.keys_of(tmp_path) == ["index.html", "js/app.js"]


def test_browsers_get_types_and_ask_for_changes(graph: Graph) -> None:
    """Every file has its content type, and browsers ask whether it has changed."""
    objects = _objects(graph)
    assert {each["cacheControl"] for each in objects.values()} == {"no-cache"}
    assert objects["index.html"]["contentType"] == "text/html; charset=utf-8"
    assert objects["config.json"]["contentType"] == "application/json"
    assert all("/" in each["contentType"] for each in objects.values())


def test_the_page_may_call_the_api_alone(graph: Graph) -> None:
    """The policy in index.html has the API's origin in place of the placeholder."""
    page = _objects(graph)["index.html"]["content"]
    assert f"connect-src 'self' {graph.outputs['apiEndpoint']}" in page
    assert "{{" not in page.partition("</head>")[0]


def test_the_page_may_sign_in() -> None:
    """With `auth: jwt` the policy also has the origins of the issuer and of its token endpoint."""
    graph = full("direct")
    jwt = graph.config("jwt")
    page = _objects(graph)["index.html"]["content"]
    assert f"{graph.outputs['apiEndpoint']} {jwt['issuer']} {jwt['signInOrigin']}" in page


def test_the_configuration_names_the_api(graph: Graph) -> None:
    """config.json has the URL for orders, and nothing to sign in with."""
    config = _objects(graph)["config.json"].document("content")
    assert config == {"ordersUrl": graph.outputs["ordersUrl"], "auth": "none"}


def test_the_configuration_names_the_client() -> None:
    """With `auth: jwt` config.json has what the authorization code flow needs."""
    graph = full("direct")
    jwt = graph.config("jwt")
    config = _objects(graph)["config.json"].document("content")
    assert config == {
        "ordersUrl": graph.outputs["ordersUrl"],
        "auth": "jwt",
        "issuer": jwt["issuer"],
        "clientId": jwt["clientId"],
        "audience": jwt["audiences"][0],
    }


def test_the_openapi_document_is_the_stacks_own() -> None:
    """openapi.json is the document of the stack's configuration, without white space."""
    for graph in (stack({"storefront": "true", "contact": "optional"}), full("direct")):
        content = _objects(graph)["openapi.json"]["content"]
        expected = document(openapi_files.configuration(graph.stackfile))
        assert content == json.dumps(expected, separators=(",", ":"))

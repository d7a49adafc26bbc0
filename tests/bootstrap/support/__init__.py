"""The bootstrap program with Pulumi mocks, and decisions of IAM about its policies."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from bootstrap.permissions import Scope
from tests.infra.support.graph import Graph, record_anew
from tests.infra.support.mock_responses import ACCOUNT
from tooling.root import ROOT
from tooling.stackfile import StackFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REGION: Final = "eu-west-1"
PROJECT: Final = "order-processing"
BOOTSTRAP: Final = "order-processing-bootstrap"
REPOSITORY: Final = "tea-house/orders"


def stackfile(**config: Any) -> StackFile:
    """The configuration of an account: a key's value is text, or what JSON is made of."""
    texts = {
        f"{BOOTSTRAP}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
    return StackFile(
        project=BOOTSTRAP,
        stack="account",
        config={"aws:region": REGION, **texts},
        root=ROOT / "bootstrap",
    )


def account(*, preview: bool = False, **config: Any) -> Graph:
    """What the program registers for an account."""
    return _recorded(json.dumps(config, sort_keys=True), preview=preview)


@functools.cache
def _recorded(config: str, *, preview: bool) -> Graph:
    settings = stackfile(**{"repository": REPOSITORY, **json.loads(config)})
    return record_anew(settings, preview=preview)


def scope(*stacks: str, boundary: bool = False, **fields: Any) -> Scope:
    """The scope of stacks in one region."""
    name = f"policy/github-{PROJECT}-{stacks[0]}-boundary"
    values: dict[str, Any] = {
        "partition": "aws",
        "account": ACCOUNT,
        "regions": [REGION],
        "home_region": REGION,
        "project": PROJECT,
        "boundary_arn": f"arn:aws:iam::{ACCOUNT}:{name}" if boundary else None,
        **fields,
    }
    return Scope(stacks=stacks, **values)


def allows(
    documents: Iterable[Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
    *,
    region: str = REGION,
) -> bool:
    """Whether IAM allows a request to a role that has policies and nothing else.

    The embedded AWS's evaluator decides. `context` holds condition keys with their values.
    """
    request = EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/github/job",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=region,
        source_ip="192.0.2.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in (context or {}).items()},
    )
    policies = [parse_policy_document(json.dumps(document)) for document in documents]
    return bool(evaluate(request, policies).decision == "Allow")

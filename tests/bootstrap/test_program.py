"""The bootstrap program: what it creates for an account, deployed and previewed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from bootstrap.config import project_name
from bootstrap.permissions import deploy_documents
from tests.bootstrap.support import REPOSITORY, account, allows, scope
from tests.infra.support.graph import is_unknown, leaves
from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.policies import refuses_plain_http, statements
from tooling.root import ROOT

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph, Resource

_PROJECT = project_name(ROOT)
_PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
_S3: dict[str, Any] = {
    "stacks": ["dev", "prod"],
    "stateBackend": "s3",
    "pullRequestStacks": True,
}
_HOUR = 3600
_WORKFLOWS = ROOT / ".github" / "workflows"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE_SIZE = 10_240


def _roles(graph: Graph) -> dict[str, Resource]:
    return {
        role["name"].removeprefix(f"github-{_PROJECT}-"): role for role in graph.all(aws.iam.Role)
    }


def _condition(role: Resource) -> dict[str, Any]:
    (statement,) = role.document("assumeRolePolicy")["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Effect"] == "Allow"
    condition: dict[str, Any] = statement["Condition"]
    return condition


@pytest.mark.parametrize("repository", [REPOSITORY, "tea-house@12/orders@34"])
def test_a_role_trusts_one_environment_of_one_repository(repository: str) -> None:
    """Subject and audience of the token have to be equal; patterns are not used."""
    graph = account(repository=repository, stacks=["dev"])
    for environment, role in _roles(graph).items():
        issuer = "token.actions.githubusercontent.com"
        assert _condition(role) == {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": f"repo:{repository}:environment:{environment}",
            }
        }


def test_there_is_a_role_for_each_environment() -> None:
    """Each stack has a role, as have previews, drift detection and pull requests."""
    shared = {"preview", "drift"}
    assert _roles(account(**_S3)).keys() == {*shared, "dev", "prod", "pull-request"}
    assert _roles(account(stacks=["dev"])).keys() == {*shared, "dev"}


def test_sessions_are_as_long_as_workflows_ask() -> None:
    """A role that deploys allows the longest session of a workflow, and the others an hour."""
    roles = _roles(account(**_S3))
    reading = {name: roles.pop(name) for name in ("preview", "drift")}
    texts = [path.read_text(encoding="utf-8") for path in _WORKFLOWS.glob("*.yml")]
    asked = {int(each) for text in texts for each in re.findall(r"duration-seconds: (\d+)", text)}
    assert {role["maxSessionDuration"] for role in roles.values()} == {max(asked)}
    assert {role["maxSessionDuration"] for role in reading.values()} == {_HOUR}


def test_an_existing_provider_is_used() -> None:
    """With `oidcProviderArn` the program creates no OIDC provider, of which there can be one."""
    graph = account(oidcProviderArn=_PROVIDER, stacks=["dev"])
    assert not any(each.type.endswith("OpenIdConnectProvider") for each in graph.resources)
    for role in _roles(graph).values():
        (statement,) = role.document("assumeRolePolicy")["Statement"]
        assert statement["Principal"] == {"Federated": _PROVIDER}
    (created,) = account(stacks=["dev"]).all(aws.iam.OpenIdConnectProvider)
    assert created["url"] == "https://token.actions.githubusercontent.com"
    assert created["clientIdLists"] == ["sts.amazonaws.com"]


def test_no_deploy_policy_covers_what_the_program_creates() -> None:
    """No role for GitHub may delete a role, policy, bucket or key of the program."""
    graph = account(**_S3)
    for stack in ("dev", "pr-*"):
        documents = deploy_documents(scope(stack, project=_PROJECT)).values()
        for resource in graph.resources:
            name = resource.inputs.get("name")
            if resource.type == "aws:iam/role:Role":
                arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
                assert not allows(documents, "iam:DeleteRole", arn)
                assert not allows(documents, "iam:PutRolePolicy", arn)
            if resource.type == "aws:iam/policy:Policy":
                arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
                assert not allows(documents, "iam:CreatePolicyVersion", arn)
            if resource.type == "aws:s3/bucket:Bucket":
                assert not allows(documents, "s3:PutBucketPolicy", resource.arn)
            if resource.type == "aws:kms/key:Key":
                tags = {f"aws:ResourceTag/{key}": value for key, value in resource["tags"].items()}
                assert not allows(documents, "kms:PutKeyPolicy", resource.arn, tags)


def test_roles_have_the_policies_of_their_environment() -> None:
    """Each policy is attached to the role of its environment, and no role has more than ten."""
    graph = account(**_S3)
    attached: dict[str, set[str]] = {}
    for attachment in graph.all(aws.iam.RolePolicyAttachment):
        attached.setdefault(attachment["role"], set()).add(attachment.name)
    for environment, role in _roles(graph).items():
        names = {
            policy.name
            for policy in graph.all(aws.iam.Policy)
            if policy["name"].startswith(f"{role['name']}-") and "boundary" not in policy.name
        }
        assert {f"{name}-attachment" for name in names} == attached[role["name"]]
        assert 0 < len(names) <= 10, environment


def test_pull_requests_change_no_records() -> None:
    """The role of `pull-request` may not change records in the zones of other stacks."""
    graph = account(**_S3, hostedZoneIds=["Z1"])
    policies = {policy["name"]: policy for policy in graph.all(aws.iam.Policy)}
    for environment, allowed in (("dev", True), ("pull-request", False)):
        text = policies[f"github-{_PROJECT}-{environment}-api"].document("policy")
        zone = "arn:aws:route53:::hostedzone/Z1"
        assert allows([text], "route53:ChangeResourceRecordSets", zone) is allowed


def test_no_policy_is_empty() -> None:
    """IAM refuses a policy without statements."""
    for policy in account(**_S3).all(aws.iam.Policy):
        assert statements_of(policy), policy["name"]


def statements_of(policy: Resource) -> list[dict[str, Any]]:
    """The statements of a policy, also those with elements such as `NotAction`."""
    statements: list[dict[str, Any]] = policy.document("policy")["Statement"]
    return statements


@pytest.mark.parametrize("boundary", [True, False])
def test_stacks_have_boundaries(*, boundary: bool) -> None:
    """Each deploy role requires a boundary of its own, unless the configuration says otherwise."""
    key: dict[str, Any] = {} if boundary else {"permissionsBoundary": False}
    graph = account(stacks=["dev"], **key)
    text = json.dumps([policy["policy"] for policy in graph.all(aws.iam.Policy)])
    names = {policy["name"] for policy in graph.all(aws.iam.Policy) if "boundary" in policy.name}
    assert names == ({f"github-{_PROJECT}-dev-boundary"} if boundary else set())
    assert ("iam:PermissionsBoundary" in text) is boundary
    assert set(graph.outputs["permissionsBoundaryArns"]) == ({"dev"} if boundary else set())


def test_the_state_bucket_is_private_and_kept() -> None:
    """The bucket is versioned, encrypted, not public and protected, and refuses plain HTTP."""
    graph = account(**_S3)
    (bucket,) = graph.all(aws.s3.Bucket)
    (key,) = graph.all(aws.kms.Key)
    assert bucket.protect
    assert key.protect
    assert key["enableKeyRotation"] is True
    (versioning,) = graph.all(aws.s3.BucketVersioning)
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    (block,) = graph.all(aws.s3.BucketPublicAccessBlock)
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert {name: block[name] for name in names} == dict.fromkeys(names, True)
    assert graph.all(aws.s3.BucketServerSideEncryptionConfiguration)
    (policy,) = graph.all(aws.s3.BucketPolicy)
    (statement,) = statements(policy)
    assert statement.resources == {bucket.arn, f"{bucket.arn}/*"}
    assert statement.condition == {"Bool": {"aws:SecureTransport": "false"}}
    assert not refuses_plain_http(policy, "another")


def test_pulumi_cloud_needs_no_state_bucket() -> None:
    """With Pulumi Cloud, nothing is created for state."""
    graph = account(stacks=["dev"])
    types = {resource.type for resource in graph.resources}
    assert not {kind for kind in types if kind.startswith(("aws:s3", "aws:kms"))}
    assert graph.outputs.keys() == {"oidcProviderArn", "roleArns", "permissionsBoundaryArns"}


# What Pulumi 3.272 reads and writes for a stack; see bootstrap/state_backend.py.
_STATE = [
    ".pulumi/stacks/{project}/{stack}.json",
    ".pulumi/stacks/{project}/{stack}.json.gz",
    ".pulumi/stacks/{project}/{stack}.json.bak",
    ".pulumi/stacks/{project}/{stack}.pulumi-tags",
    ".pulumi/locks/organization/{project}/{stack}/0a1b.json",
    ".pulumi/history/{project}/{stack}/{stack}-1764201600.history.json",
    ".pulumi/backups/{project}/{stack}/{stack}.1764201600.json",
]
_STATE_USERS = [
    ("dev", "dev", True, True),
    ("dev", "prod", False, False),
    ("prod", "dev", False, False),
    ("preview", "prod", True, False),
    ("drift", "prod", True, False),
    ("pull-request", "pr-12", True, True),
    ("pull-request", "dev", False, False),
    ("dev", "pr-12", False, False),
]


@pytest.mark.parametrize(("environment", "stack", "reads", "writes"), _STATE_USERS)
def test_state_and_secrets_belong_to_their_stack(
    environment: str, stack: str, *, reads: bool, writes: bool
) -> None:
    """A role reads and writes the state and the secrets of its stacks, and of no other."""
    graph = account(**_S3)
    (bucket,) = graph.all(aws.s3.Bucket)
    (key,) = graph.all(aws.kms.Key)
    document = _state_policy(graph, environment)
    folder = "pull-request/" if stack == "pr-12" else ""
    for path in _STATE:
        arn = f"{bucket.arn}/{folder}{path.format(project=_PROJECT, stack=stack)}"
        assert allows([document], "s3:PutObject", arn) is writes, path
        assert allows([document], "s3:DeleteObject", arn) is writes, path
        if "/backups/" not in path:
            assert allows([document], "s3:GetObject", arn) is reads, path
    context = {"kms:EncryptionContext:stack": stack}
    assert allows([document], "kms:Decrypt", key.arn, context) is reads
    assert allows([document], "kms:Encrypt", key.arn, context) is writes
    assert not allows([document], "kms:Decrypt", key.arn)
    other = f"{bucket.arn}/{folder}.pulumi/stacks/another-project/{stack}.json"
    assert not allows([document], "s3:GetObject", other)
    assert len(json.dumps(document, separators=(",", ":"))) < _INLINE_SIZE


def test_pull_requests_list_their_stacks() -> None:
    """`pulumi stack ls` reads the state of every stack; theirs are in a folder of their own."""
    graph = account(**_S3)
    (bucket,) = graph.all(aws.s3.Bucket)
    document = _state_policy(graph, "pull-request")
    folder = f"{bucket.arn}/pull-request/.pulumi"
    assert allows([document], "s3:ListBucket", bucket.arn)
    assert allows([document], "s3:PutObject", f"{folder}/meta.yaml")
    assert allows([document], "s3:GetObject", f"{folder}/stacks/{_PROJECT}/pr-7.json")
    assert not allows([document], "s3:PutObject", f"{bucket.arn}/.pulumi/meta.yaml")
    url = f"s3://{bucket.outputs['bucket']}"
    assert graph.outputs["backendUrls"]["pull-request"] == f"{url}/pull-request?region=eu-west-1"
    assert graph.outputs["backendUrls"]["preview"] == f"{url}?region=eu-west-1"


def _state_policy(graph: Graph, environment: str) -> dict[str, Any]:
    (policy,) = [
        each for each in graph.all(aws.iam.RolePolicy) if each.name == f"{environment}-state"
    ]
    return policy.document("policy")


def test_previews_can_be_kept_from_a_stack() -> None:
    """With `previewStacks`, the role for `preview` reads neither state nor resources of others."""
    graph = account(**{**_S3, "previewStacks": ["dev"]})
    (bucket,) = graph.all(aws.s3.Bucket)
    document = _state_policy(graph, "preview")
    state = f"{bucket.arn}/.pulumi/stacks/{_PROJECT}/{{}}.json"
    assert allows([document], "s3:GetObject", state.format("dev"))
    assert not allows([document], "s3:GetObject", state.format("prod"))


def test_the_outputs_are_what_the_settings_need() -> None:
    """The outputs hold the roles, the boundaries, the backend and the secrets providers."""
    graph = account(**_S3)
    environments = {"dev", "prod", "pull-request"}
    assert graph.outputs["roleArns"].keys() == {*environments, "preview", "drift"}
    assert graph.outputs["secretsProviders"].keys() == environments
    assert graph.outputs["backendUrls"].keys() == {*environments, "preview", "drift"}
    provider = graph.outputs["secretsProviders"]["pull-request"]
    assert provider.endswith("?region=eu-west-1&context_stack=pr-*")


def test_a_preview_knows_all_that_aws_does_not_compute() -> None:
    """In a preview, policies and names are known, but for ARNs of what is to be created."""
    deployed, previewed = account(**_S3), account(preview=True, **_S3)
    assert [each.urn for each in previewed.resources] == [each.urn for each in deployed.resources]
    unknown = {
        (resource.type.rpartition(":")[2], path)
        for resource in previewed.resources
        for path, value in leaves(resource.inputs)
        if is_unknown(value)
    }
    computed = {
        *(("Role", "assumeRolePolicy"), ("RolePolicy", "policy"), ("Alias", "targetKeyId")),
        *(("RolePolicyAttachment", "policyArn"), ("BucketPolicy", "policy")),
    }
    assert {pair for pair in unknown if pair[1] != "bucket"} == computed

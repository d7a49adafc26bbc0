"""Encryption with a key of the stack's own: what it encrypts, and who may use it for what."""

from __future__ import annotations

import fnmatch
import functools
import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from tests.infra.support.combinations import EVERY, Combination, combined
from tests.infra.support.features import FULL, full, functions
from tests.infra.support.graph import (
    STACK_FILES,
    Graph,
    Resource,
    deployed,
    is_unknown,
    leaves,
    token,
)
from tests.infra.support.mock_responses import ACCOUNT, KEY_ID
from tests.infra.support.policies import Statement, permissions, statements
from tests.support.stacks import EXAMPLES, SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

_READ = {"kms:Decrypt"}
_WRITE = {"kms:Decrypt", "kms:GenerateDataKey"}


# Each kind of stack, with a key of its own.
_ENCRYPTED: dict[str, Callable[[], Graph]] = {
    "prod": lambda: deployed(SHIPPED["prod"]),
    "http-platform": lambda: deployed(EXAMPLES["http-platform"]),
    **{f"full-{kind}": functools.partial(full, kind) for kind in FULL},
    "http-queued": lambda: combined(Combination("http", "queued"), encryption="customer"),
    "rest-direct": lambda: combined(Combination("rest", "direct"), encryption="customer"),
}


@pytest.fixture(scope="module", params=_ENCRYPTED)
def encrypted(request: pytest.FixtureRequest) -> Graph:
    """Each kind of stack, with a key of its own."""
    return _ENCRYPTED[request.param]()


def test_the_stacks_here_cover_every_choice() -> None:
    """These stacks have every function, resource type and choice of any stack file."""
    looked_at = [graph() for graph in _ENCRYPTED.values()]
    every = [*looked_at, *map(deployed, STACK_FILES)]
    assert _kinds(looked_at) == _kinds(every)
    assert _choices(looked_at) == {*EVERY} >= _choices(every)
    assert {graph.config("auth") == "none" for graph in looked_at} == {True, False}
    assert {graph.config("encryption") for graph in looked_at} == {"customer"}


def _kinds(graphs: list[Graph]) -> set[str]:
    """The types of resources, and the packages of functions."""
    return {
        name
        for graph in graphs
        for name in (*(each.type for each in graph.resources), *functions(graph))
    }


def _choices(graphs: list[Graph]) -> set[Combination]:
    return {Combination(graph.config("gateway"), graph.config("ingestion")) for graph in graphs}


def _key(graph: Graph) -> Resource:
    (key,) = graph.all(aws.kms.Key)
    return key


def _admitted(graph: Graph) -> dict[str, Statement]:
    """The statements of the key's policy by the service, or the account, that they admit."""
    matches = statements(_key(graph))
    by_principal = {next(iter(statement.principal.values())): statement for statement in matches}
    assert len(by_principal) == len(matches)
    return by_principal


def test_a_stack_has_one_key(encrypted: Graph) -> None:
    """There is one key with rotation, a waiting period of 30 days, and an alias."""
    key = _key(encrypted)
    assert key["enableKeyRotation"] is True
    assert key["deletionWindowInDays"] == 30
    (alias,) = encrypted.all(aws.kms.Alias)
    assert alias["name"] == f"alias/{encrypted.prefix.removesuffix('-')}"
    assert alias["targetKeyId"] == KEY_ID
    assert key.parent is not None
    assert key.parent.type == "orders:index:EncryptionKey"


def test_deletion_protection_covers_the_key(encrypted: Graph) -> None:
    """With `deletionProtection` Pulumi protects the key."""
    assert _key(encrypted).protect is encrypted.config("deletionProtection")


def test_deletion_protection_is_for_some_stacks() -> None:
    """Among these stacks there are some that protect their data, and some that do not."""
    assert {graph().config("deletionProtection") for graph in _ENCRYPTED.values()} == {True, False}


def test_stored_data_is_encrypted_with_the_key(encrypted: Graph) -> None:
    """Every table, topic, queue and log group is encrypted with the key, the ops topic included."""
    key = _key(encrypted).arn
    for table in encrypted.all(aws.dynamodb.Table):
        assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": key}, table
    for kind in (aws.sns.Topic, aws.sqs.Queue):
        for resource in encrypted.all(kind):
            assert resource["kmsMasterKeyId"] == key, resource
            assert "sqsManagedSseEnabled" not in resource.inputs, resource
    for group in encrypted.all(aws.cloudwatch.LogGroup):
        assert group["kmsKeyId"] == key, group


def test_data_keys_are_used_for_five_minutes(encrypted: Graph) -> None:
    """SQS reuses data keys for 5 minutes, so a withdrawn permission counts after that time."""
    assert {queue["kmsDataKeyReusePeriodSeconds"] for queue in encrypted.all(aws.sqs.Queue)} == {
        300
    }


def test_the_key_admits_the_account_and_three_services(encrypted: Graph) -> None:
    """The key policy has statements for the account, logs, deliveries and alarms."""
    region = encrypted.stackfile.config["aws:region"]
    root = f"arn:aws:iam::{ACCOUNT}:root"
    services = {f"logs.{region}.amazonaws.com", "sns.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert _admitted(encrypted).keys() == {root, *services}
    assert (_admitted(encrypted)[root].actions, _admitted(encrypted)[root].condition) == (
        {"kms:*"},
        None,
    )


def test_services_use_the_key_under_conditions(encrypted: Graph) -> None:
    """Services may only encrypt, decrypt and describe, under a condition."""
    for statement in statements(_key(encrypted)):
        assert (statement.effect, statement.resources) == ("Allow", {"*"}), statement
        if "Service" in statement.principal:
            assert statement.condition, statement
            assert not any("*" in action for action in statement.actions), statement
            changing = {
                "kms:CreateGrant",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "kms:DisableKey",
            }
            assert not statement.actions & changing, statement


def test_cloudwatch_logs_encrypts_the_log_groups_of_the_stack(encrypted: Graph) -> None:
    """CloudWatch Logs may use the key for each log group of the stack, and no others."""
    service = f"logs.{encrypted.stackfile.config['aws:region']}.amazonaws.com"
    condition = _admitted(encrypted)[service].condition
    assert condition.keys() == {"ArnLike"}
    named = set(condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    patterns = {arn for arn in named if "*" in arn or "?" in arn}
    groups = {group.arn for group in encrypted.all(aws.cloudwatch.LogGroup)}
    by_pattern = {
        arn for arn in groups if any(fnmatch.fnmatchcase(arn, pattern) for pattern in patterns)
    }
    assert groups - by_pattern == named - patterns
    # The one name that AWS makes up has the API's ID in it.
    execution = f"log-group:API-Gateway-Execution-Logs_*/{encrypted.stackfile.stack}"
    made_up = {f"arn:aws:logs:{encrypted.stackfile.config['aws:region']}:{ACCOUNT}:{execution}"}
    assert patterns == (made_up if encrypted.config("gateway") == "rest" else set())
    assert len(by_pattern) == len(patterns)


def test_sns_uses_the_key_for_order_events_only(encrypted: Graph) -> None:
    """SNS may use the key to deliver order events, and for nothing else."""
    topic = encrypted.named(aws.sns.Topic, "order-events")
    admitted = _admitted(encrypted)["sns.amazonaws.com"]
    assert admitted.actions == _WRITE
    assert admitted.condition == {"ArnEquals": {"aws:SourceArn": topic.arn}}


def test_cloudwatch_uses_the_key_for_alarm_topics_only(encrypted: Graph) -> None:
    """CloudWatch may use the key for every alarm of this stack, to the two topics."""
    admitted = _admitted(encrypted)["cloudwatch.amazonaws.com"]
    assert admitted.actions == _WRITE
    (pattern,) = admitted.condition["ArnLike"].values()
    assert all(
        fnmatch.fnmatchcase(alarm.arn, pattern)
        for alarm in encrypted.all(aws.cloudwatch.MetricAlarm)
    )
    region = encrypted.stackfile.config["aws:region"]
    assert admitted.condition == {
        "ArnLike": {
            "aws:SourceArn": f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{encrypted.prefix}*"
        },
        "StringEquals": {
            "kms:EncryptionContext:aws:sns:topicArn": [
                encrypted.named(aws.sns.Topic, name).arn for name in ("ops-alerts", "ops-warnings")
            ],
        },
    }


def test_roles_use_the_key_for_their_resources_only(encrypted: Graph) -> None:
    """A role may use the key through a service, for the resources that it may use."""
    some = False
    for role in sorted({policy["role"] for policy in encrypted.all(aws.iam.RolePolicy)}):
        every = permissions(encrypted, role)
        about_keys = [
            permission
            for permission in every
            if any(action.startswith("kms:") for action in permission.actions)
        ]
        assert all(permission.resources == {_key(encrypted).arn} for permission in about_keys), role
        others = [permission for permission in every if permission not in about_keys]
        assert sorted(map(_canonical, about_keys)) == sorted(
            {_canonical(each) for each in _needed(encrypted, others)}
        )
        some = some or bool(about_keys)
    assert some


def _needed(graph: Graph, others: list[Statement]) -> list[Statement]:
    """What a role needs of the key, going by the other things that it may do."""
    needed = []
    for permission in others:
        for resource in permission.resources:
            if ":dynamodb:" in resource:
                (table,) = (
                    t
                    for t in graph.all(aws.dynamodb.Table)
                    if f"{resource}/".startswith(f"{t.arn}/")
                )
                context = {
                    "aws:dynamodb:tableName": table["name"],
                    "aws:dynamodb:subscriberId": ACCOUNT,
                }
                needed.append(_statement(graph, _READ, "dynamodb", context))
            elif ":sqs:" in resource:
                actions = _WRITE if "sqs:SendMessage" in permission.actions else _READ
                needed.append(_statement(graph, actions, "sqs", {"aws:sqs:arn": resource}))
            elif ":sns:" in resource:
                needed.append(_statement(graph, _WRITE, "sns", {"aws:sns:topicArn": resource}))
    return needed


def _statement(graph: Graph, actions: set[str], service: str, context: dict[str, Any]) -> Statement:
    via = f"{service}.{graph.stackfile.config['aws:region']}.amazonaws.com"
    bound = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    equal = {"kms:ViaService": via, **bound}
    return Statement(
        effect="Allow",
        actions=actions,
        resources={_key(graph).arn},
        condition={"StringEquals": equal},
    )


def _canonical(permission: Statement) -> str:
    return json.dumps(
        [permission.effect, sorted(permission.actions), permission.condition], sort_keys=True
    )


def test_outputs_name_the_key(encrypted: Graph) -> None:
    """The stack's outputs name the key by ARN, ID and alias."""
    assert {name: value for name, value in encrypted.outputs.items() if name.startswith("kms")} == {
        "kmsKeyArn": _key(encrypted).arn,
        "kmsKeyId": KEY_ID,
        "kmsKeyAlias": f"alias/{encrypted.prefix.removesuffix('-')}",
    }


@pytest.mark.parametrize("kind", FULL)
def test_a_preview_knows_the_policy_of_the_key(kind: str) -> None:
    """A preview registers what an update does, and already shows the whole policy of the key."""
    before, after = full(kind, preview=True), full(kind)
    assert [resource.urn for resource in before.resources] == [
        resource.urn for resource in after.resources
    ]
    assert _key(before).inputs == _key(after).inputs
    assert not any(is_unknown(value) for _, value in leaves(_key(before).inputs))


@pytest.mark.parametrize("kind", EVERY, ids="-".join)
def test_aws_managed_keys_need_no_permission(kind: Combination) -> None:
    """With AWS managed keys there is no key, and no role has a permission for one."""
    graph = combined(kind)
    assert not {token(aws.kms.Key), token(aws.kms.Alias)} & {
        resource.type for resource in graph.resources
    }
    assert not any(name.startswith("kms") for name in graph.outputs)
    assert not any('"kms:' in policy["policy"] for policy in graph.all(aws.iam.RolePolicy))
    for table in graph.all(aws.dynamodb.Table):
        assert table["serverSideEncryption"] == {"enabled": True}, table
    for queue in graph.all(aws.sqs.Queue):
        assert queue["sqsManagedSseEnabled"] is True, queue
        assert not queue.inputs.keys() & {"kmsMasterKeyId", "kmsDataKeyReusePeriodSeconds"}, queue
    keys = {topic["name"]: topic.inputs.get("kmsMasterKeyId") for topic in graph.all(aws.sns.Topic)}
    of_alarms = {f"{graph.prefix}{name}": None for name in ("ops-alerts", "ops-warnings")}
    assert keys == {f"{graph.prefix}order-events": "alias/aws/sns", **of_alarms}
    assert all("kmsKeyId" not in group.inputs for group in graph.all(aws.cloudwatch.LogGroup))

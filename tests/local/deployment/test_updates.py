"""Updates of a deployed stack: only what differs is changed, and no data is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
import pulumi
import pulumi_aws as aws
import pytest

from local.deployment import deployer
from local.deployment.adapters import ADAPTERS, Adapter, Created, Target
from local.deployment.record import Record
from local.emulator.emulator import Emulator
from tests.local.support import sample
from tests.support.polling import eventually
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.deployment.engine import Changes
    from local.deployment.resources import Resource


@dataclass(kw_only=True)
class Stack:
    """A stack that a test deploys again and again."""

    emulator: Emulator
    folder: Path
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> Record:
        """The record as another process would read it."""
        return Record(self.folder / "resources.jsonl")

    def update(self, program: Callable[[], object]) -> Changes:
        """Deploy a program."""
        target = deployer.target_of(self.emulator.client, self.emulator.url)
        self.outputs, changes = deployer.update(
            target, sample.stackfile(self.folder), self.record, function=program
        )
        return changes

    def resource(self, name: str) -> Resource:
        """Return a recorded resource by its logical name."""
        (resource,) = [each for each in self.record.resources if each.name == name]
        return resource


@pytest.fixture
def stack(emulator: Emulator, tmp_path: Path) -> Stack:
    """A stack with nothing deployed."""
    return Stack(emulator=emulator, folder=tmp_path)


def _labels(resources: list[str]) -> set[str]:
    return {resource.rpartition(":")[2] for resource in resources}


def test_nothing_is_called_without_a_change(stack: Stack, tmp_path: Path) -> None:
    """A program that has not changed is compared with the record, and AWS is not called."""
    code = sample.bundle(tmp_path)
    stack.update(lambda: sample.deploy_sample(code))
    outputs = stack.outputs
    target = deployer.target_of(stack.emulator.client, stack.emulator.url)

    def no_client(service: str) -> Any:
        raise AssertionError(service)

    again, changes = deployer.update(
        replace(target, client=no_client),
        sample.stackfile(tmp_path),
        stack.record,
        function=lambda: sample.deploy_sample(code),
    )
    assert (again, bool(changes)) == (outputs, False)


def test_a_changed_variable_is_a_version_of_one_function(stack: Stack, tmp_path: Path) -> None:
    """Another environment variable changes the function and its alias, and requests work."""
    code = sample.bundle(tmp_path)
    stack.update(lambda: sample.deploy_sample(code))
    changes = stack.update(lambda: sample.deploy_sample(code, variables={"MODE": "new"}))
    assert _labels(changes.updated) == {"Function function", "Alias live"}
    assert [changes.created, changes.replaced, changes.deleted] == [[], [], []]
    name = stack.resource("function").id
    live = stack.emulator.client("lambda").get_function_configuration(
        FunctionName=name, Qualifier="live"
    )
    assert (live["Environment"]["Variables"]["MODE"], live["Version"]) == ("new", "2")
    assert httpx.post(stack.outputs["thingsUrl"], content="x").status_code == 202


def test_changed_code_is_live(stack: Stack, tmp_path: Path) -> None:
    """Another bundle at the same path is deployed, and the alias has its version."""
    code = sample.bundle(tmp_path)
    stack.update(lambda: sample.deploy_sample(code))
    sample.bundle(tmp_path, status=201)
    changes = stack.update(lambda: sample.deploy_sample(code))
    assert _labels(changes.updated) == {"Function function", "Alias live"}
    assert httpx.post(stack.outputs["thingsUrl"], content="x").status_code == 201


def test_what_is_gone_is_deleted(stack: Stack) -> None:
    """A resource that the program no longer has is deleted, and one that it has stays."""
    stack.update(lambda: [aws.sqs.Queue("old", name="old-queue"), aws.sqs.Queue("kept")])
    kept = stack.resource("kept").id
    changes = stack.update(lambda: aws.sqs.Queue("kept"))
    assert changes.deleted == ["aws:sqs/queue:Queue old"]
    urls = stack.emulator.client("sqs").list_queues()["QueueUrls"]
    assert kept in urls
    assert not [url for url in urls if url.endswith("old-queue")]


def _table(**arguments: Any) -> None:
    pulumi.export("name", aws.dynamodb.Table("table", **{**_TABLE, **arguments}).name)


_TABLE: dict[str, Any] = {
    "attributes": [{"name": "id", "type": "S"}],
    "hash_key": "id",
    "billing_mode": "PAY_PER_REQUEST",
    "stream_enabled": True,
    "stream_view_type": "NEW_IMAGE",
    "tags": {"a": "1", "b": "2"},
}
_CHANGED: dict[str, Any] = {
    "attributes": [{"name": "id", "type": "S"}, {"name": "kind", "type": "S"}],
    "ttl": {"attribute_name": "expires", "enabled": True},
    "point_in_time_recovery": {"enabled": True},
    "deletion_protection_enabled": True,
    "tags": {"b": "3"},
    "global_secondary_indexes": [
        {
            "name": "Kind",
            "key_schemas": [{"attribute_name": "kind", "key_type": "HASH"}],
            "projection_type": "ALL",
        }
    ],
}


def test_a_table_is_updated_in_place(stack: Stack) -> None:
    """Indexes, settings and tags change and change back, while items and stream stay."""
    client = stack.emulator.client("dynamodb")
    stack.update(_table)
    name, stream = stack.outputs["name"], stack.resource("table").outputs["streamArn"]
    client.put_item(TableName=name, Item={"id": {"S": "1"}, "kind": {"S": "x"}})
    assert stack.update(lambda: _table(**_CHANGED)).updated
    table = client.describe_table(TableName=name)["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["Kind"]
    assert table["DeletionProtectionEnabled"]
    assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [
        {"Key": "b", "Value": "3"}
    ]
    assert stack.update(_table).updated
    assert not client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes")
    assert client.scan(TableName=name)["Count"] == 1
    assert stack.resource("table").outputs["streamArn"] == stream


def test_a_key_cannot_change_while_there_are_items(stack: Stack) -> None:
    """Another key needs another table, which is refused before anything changes."""
    client = stack.emulator.client("dynamodb")
    stack.update(_table)
    name, other = stack.outputs["name"], [{"name": "other", "type": "S"}]
    client.put_item(TableName=name, Item={"id": {"S": "1"}})

    def program() -> None:
        aws.sqs.Queue("queue")
        _table(attributes=other, hash_key="other")

    with pytest.raises(UserError, match=r"'table' holds items, which another hashKey would lose"):
        stack.update(program)
    assert [resource.name for resource in stack.record.resources] == ["table"]
    client.delete_item(TableName=name, Key={"id": {"S": "1"}})
    assert stack.update(program).replaced == ["aws:dynamodb/table:Table table"]
    (key,) = client.describe_table(TableName=name)["Table"]["KeySchema"]
    assert key["AttributeName"] == "other"


def test_an_event_source_mapping_keeps_its_position(stack: Stack, tmp_path: Path) -> None:
    """Another batch size changes the mapping of a stream in place; a paused one stays paused."""
    code, client = sample.bundle(tmp_path), stack.emulator.client("lambda")
    stack.update(lambda: sample.deploy_sample(code, batch_size=10))
    mapping = stack.resource("mapping").id
    client.update_event_source_mapping(UUID=mapping, Enabled=False)
    changes = stack.update(lambda: sample.deploy_sample(code, batch_size=5))
    assert _labels(changes.updated) == {"EventSourceMapping mapping"}
    response = client.get_event_source_mapping(UUID=mapping)
    assert (response["BatchSize"], response["State"]) == (5, "Disabled")


def test_a_half_done_update_continues(stack: Stack) -> None:
    """What was done before an error is recorded, so that the next update does the rest alone."""

    def program(policy: str) -> None:
        queue = aws.sqs.Queue("queue")
        aws.sqs.RedriveAllowPolicy("allow", queue_url=policy, redrive_allow_policy="{}")
        pulumi.export("url", queue.url)

    stack.update(lambda: aws.sqs.Queue("first"))
    done = r"The next update continues after this one \(Created 1: aws:sqs/queue:Queue queue\)\.$"
    with pytest.raises(UserError, match=rf"'allow': .*NonExistentQueue.* {done}"):
        stack.update(lambda: program("http://x/1/none"))
    queue = stack.resource("queue").id
    changes = stack.update(lambda: program(queue))
    assert changes.created == ["aws:sqs/redriveAllowPolicy:RedriveAllowPolicy allow"]
    assert stack.outputs["url"] == queue


def test_an_error_in_the_program_changes_nothing(stack: Stack) -> None:
    """The program is run without a change first."""
    stack.update(lambda: aws.sqs.Queue("one"))

    def program() -> None:
        aws.sqs.Queue("two")
        raise UserError("not like this")

    with pytest.raises(UserError, match="not like this"):
        stack.update(program)
    assert [resource.name for resource in stack.record.resources] == ["one"]


def test_a_generated_name_stays(stack: Stack) -> None:
    """A queue without a name keeps the one that it got, with its messages."""
    stack.update(lambda: aws.sqs.Queue("queue", visibility_timeout_seconds=10))
    queue = stack.resource("queue").id
    sqs = stack.emulator.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="still here")
    stack.update(lambda: aws.sqs.Queue("queue", visibility_timeout_seconds=20))
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert (stack.resource("queue").id, message["Body"]) == (queue, "still here")


def test_a_queue_loses_the_settings_that_the_program_does(stack: Stack) -> None:
    """A setting that the program no longer gives has AWS's default again."""
    stack.update(lambda: aws.sqs.Queue("queue", visibility_timeout_seconds=10))
    stack.update(lambda: aws.sqs.Queue("queue"))
    attributes = stack.emulator.client("sqs").get_queue_attributes(
        QueueUrl=stack.resource("queue").id, AttributeNames=["VisibilityTimeout"]
    )
    assert attributes["Attributes"]["VisibilityTimeout"] == "30"


def test_secrets_stay_secrets(stack: Stack) -> None:
    """Secrets are plain in the record, which names them, and secret again in the next run."""

    def program() -> None:
        value = pulumi.Output.secret("hush")
        aws.sqs.Queue("queue", tags={"token": value})
        key = aws.apigateway.ApiKey("key")
        pulumi.export("secret", pulumi.Output.from_input(key.value.is_secret()))

    stack.update(program)
    stack.update(program)
    assert stack.outputs == {"secret": True}
    assert stack.resource("queue").inputs["tags"] == {"token": "hush"}
    assert stack.resource("queue").secret_inputs == {"tags"}
    assert stack.resource("key").secret_outputs == {"value"}


def test_two_resources_of_a_name_are_refused(stack: Stack) -> None:
    """The record could not tell them apart."""

    def program() -> None:
        aws.sqs.Queue("queue")
        parent = pulumi.ComponentResource("orders:index:Thing", "thing", {})
        aws.sqs.Queue("queue", opts=pulumi.ResourceOptions(parent=parent))

    with pytest.raises(UserError, match=r"^aws:sqs/queue:Queue 'queue' is there twice"):
        stack.update(program)


def test_a_rest_api_is_changed_in_place(stack: Stack) -> None:
    """A method and its integration get other settings, and keep the integration's responses."""

    def program(*, changed: bool) -> None:
        api = aws.apigateway.RestApi("rest", endpoint_configuration={"types": "REGIONAL"})
        at: dict[str, Any] = {
            "rest_api": api.id,
            "resource_id": api.root_resource_id,
            "http_method": "GET",
        }
        method = aws.apigateway.Method(
            "get", authorization="NONE", api_key_required=not changed, **at
        )
        later = pulumi.ResourceOptions(depends_on=[method])
        template = json.dumps({"statusCode": 200})
        integration = aws.apigateway.Integration(
            "get",
            type="MOCK",
            timeout_milliseconds=5000 if changed else 29000,
            request_templates={"text/plain" if changed else "application/json": template},
            opts=later,
            **at,
        )
        response = aws.apigateway.MethodResponse("get", status_code="200", opts=later, **at)
        aws.apigateway.IntegrationResponse(
            "get",
            status_code="200",
            opts=pulumi.ResourceOptions(depends_on=[integration, response]),
            **at,
        )
        pulumi.export("at", pulumi.Output.all(api.id, api.root_resource_id))

    stack.update(lambda: program(changed=False))
    changes = stack.update(lambda: program(changed=True))
    assert _labels(changes.updated) == {"Method get", "Integration get"}
    api, resource = stack.outputs["at"]
    method = stack.emulator.client("apigateway").get_method(
        restApiId=api, resourceId=resource, httpMethod="GET"
    )
    integration = method["methodIntegration"]
    assert (method["apiKeyRequired"], integration["timeoutInMillis"]) == (False, 5000)
    assert list(integration["requestTemplates"]) == ["text/plain"]
    assert list(integration["integrationResponses"]) == ["200"]


def test_an_order_in_flight_arrives(stack: Stack, tmp_path: Path) -> None:
    """Messages that were sent before an update of their function are processed after it."""
    code = sample.bundle(tmp_path)
    stack.update(lambda: sample.deploy_sample(code))
    for number in range(20):
        httpx.post(
            stack.outputs["thingsUrl"],
            content=f"thing-{number}",
            headers={"Content-Type": "text/plain"},
        )
    sample.bundle(tmp_path, status=201)
    stack.update(lambda: sample.deploy_sample(code))
    scan = stack.emulator.client("dynamodb").scan
    eventually(lambda: scan(TableName=stack.outputs["tableName"])["Count"] == 20, "all things")


# They end with what they belong to, are settings of the account, or are stored nowhere.
_NOT_DELETED = {
    *("account:Account", "methodSettings:MethodSettings", "topicPolicy:TopicPolicy"),
    *("samplingRule:SamplingRule", "queryDefinition:QueryDefinition"),
}


def test_every_resource_can_be_deleted() -> None:
    """A new adapter deletes its resource, or the resource is among the exceptions."""
    nothing = Adapter(create=_no_create, forwarded_inputs=frozenset()).delete
    kinds = {kind.partition("/")[2] for kind, each in ADAPTERS.items() if each.delete is nothing}
    assert kinds == _NOT_DELETED


def _no_create(_target: Target, inputs: dict[str, Any]) -> Created:
    raise AssertionError(inputs)


def test_fixed_inputs_are_inputs() -> None:
    """What an adapter cannot change is among what it forwards."""
    for kind, adapter in ADAPTERS.items():
        assert adapter.fixed_inputs <= adapter.forwarded_inputs, kind


def test_an_api_has_the_same_url_in_every_run(emulator: Emulator, tmp_path: Path) -> None:
    """The ID of an API is derived from its name."""

    def program() -> None:
        pulumi.export("url", aws.apigatewayv2.Api("api", name="orders", protocol_type="HTTP").id)
        rest = aws.apigateway.RestApi(
            "rest", name="orders-rest", endpoint_configuration={"types": "REGIONAL"}
        )
        pulumi.export("rest", rest.id)

    with Emulator() as other:
        first, second = (
            deployer.deploy(each, sample.stackfile(tmp_path), function=program)
            for each in (emulator, other)
        )
    assert first == second


def test_an_alias_moves_whatever_the_program_ignores(stack: Stack, tmp_path: Path) -> None:
    """A saved change is live at once, also where on AWS a release would move the alias."""

    def program(status: int) -> None:
        role = aws.iam.Role("role", assume_role_policy=json.dumps(sample.TRUST))
        function = aws.lambda_.Function(
            "function",
            role=role.arn,
            runtime="python3.13",
            handler="main.handler",
            publish=True,
            code=pulumi.FileArchive(str(sample.bundle(tmp_path, status=status))),
        )
        aws.lambda_.Alias(
            "live",
            name="live",
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(ignore_changes=["functionVersion", "routingConfig"]),
        )

    stack.update(lambda: program(200))
    changes = stack.update(lambda: program(201))
    assert "Alias" in _labels([each.rpartition(" ")[0] for each in changes.updated])
    assert stack.resource("live").inputs["functionVersion"] == "2"

"""A mocked account with a stack's functions, versions, aliases and alarms."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from orderctl.stack import Outputs, Stack
from release.versions import canary, rollback
from release.versions.alarms import Alarms
from release.versions.aliases import Aliases
from release.versions.traffic import Traffic
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

FUNCTIONS: Final = ("audit", "email", "relay")
STEPS: Final = (10, 50)
BAKE_SECONDS: Final = 30
# Calls that change something, by service.
WRITES: Final = ("lambda.CreateAlias", "lambda.UpdateAlias")

_REGION: Final = "eu-central-1"
_ALARM: Final = "shop-prod-email-errors"
_ROLE: Final = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ]
}


class Killed(BaseException):
    """The process ends here."""


class Account:
    """A deployed stack with the functions `audit`, `email` and `relay`, all of version 1."""

    def __init__(self) -> None:
        self._aws = mock_aws()
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        self._aws.start()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self._patch.setenv(name, "testing")
        session = boto3.Session(region_name=_REGION)
        self.awslambda = session.client("lambda")
        self.cloudwatch = session.client("cloudwatch")
        role = session.client("iam").create_role(
            RoleName="function", AssumeRolePolicyDocument=json.dumps(_ROLE)
        )
        self._role = role["Role"]["Arn"]
        self._sns = session.client("sns")
        self._create()
        for client in (self.awslambda, self.cloudwatch):
            client.meta.events.register("after-call", self._called)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._patch.undo()
        self._aws.stop()

    def reset(self) -> None:
        """Make everything as it was at the beginning."""
        self.survive()
        for package in FUNCTIONS:
            self.awslambda.delete_function(FunctionName=f"shop-prod-{package}")
        alarms = self.cloudwatch.describe_alarms()["MetricAlarms"]
        self.cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])
        self._create()

    def _create(self) -> None:
        self.calls: list[str] = []
        self.lines: list[str] = []
        self.time = 0.0
        self.steps: Mapping[str, Any] = {"steps": list(STEPS), "bakeMinutes": BAKE_SECONDS / 60}
        self._published = dict.fromkeys(FUNCTIONS, "1")
        self._kill_after: int | None = None
        self._during_bake: Callable[[float], object] = lambda _: None
        for package in FUNCTIONS:
            self.awslambda.create_function(
                FunctionName=f"shop-prod-{package}",
                Role=self._role,
                Runtime="python3.13",
                Handler="handler.handle",
                Code={"ZipFile": _bundle("1")},
                Publish=True,
            )
            self.awslambda.create_alias(
                FunctionName=f"shop-prod-{package}", Name="live", FunctionVersion="1"
            )
        self.topics = {
            severity: self._sns.create_topic(Name=f"shop-prod-ops-{severity}")["TopicArn"]
            for severity in ("alerts", "warnings")
        }
        self.add_alarm(_ALARM, self.topics["alerts"])
        self.add_alarm("shop-prod-volume", self.topics["warnings"])
        self.calls.clear()

    def add_alarm(self, name: str, topic: str) -> None:
        """Create an alarm that is OK."""
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
        self.set_alarm("OK", name)

    def set_alarm(self, state: str, name: str = _ALARM) -> None:
        """Set the state of an alarm."""
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def up(self, *packages: str, moves: bool = False) -> None:
        """Publish new versions, as `pulumi up` does; with `moves` it moves the aliases as well."""
        for package in packages:
            name = f"shop-prod-{package}"
            version = str(int(self._published[package]) + 1)
            self.awslambda.update_function_code(FunctionName=name, ZipFile=_bundle(version))
            response = self.awslambda.publish_version(FunctionName=name)
            assert response["Version"] == version
            self._published[package] = version
            if moves:
                self.awslambda.update_alias(
                    FunctionName=name, Name="live", FunctionVersion=version, RoutingConfig={}
                )

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return {
            "accountId": "123456789012",
            "region": _REGION,
            "ordersTableName": "orders",
            "ordersStreamArn": "stream",
            "auditTableName": "audit",
            "sentEmailsTableName": "sent",
            "queueUrls": {},
            "deadLetterQueueUrls": {},
            "functionNames": {package: f"shop-prod-{package}" for package in FUNCTIONS},
            "functionVersions": self._published,
            "auth": "none",
            "canary": self.steps,
            "alarmTopicArns": self.topics,
        }

    @property
    def stack(self) -> Stack:
        """The stack, connected."""
        clients = {"lambda": self.awslambda, "cloudwatch": self.cloudwatch}
        return Stack(outputs=Outputs.model_validate(self.outputs), client=clients.__getitem__)

    @property
    def aliases(self) -> Aliases:
        """The stack's aliases."""
        return Aliases(self.stack)

    def live(self) -> dict[str, str]:
        """The functions as `str` shows them, without their names: `1`, `1 with 10 % for 2`."""
        return {each.package: str(each).partition(" ")[2] for each in self.aliases.read()}

    def canary(self, **options: bool) -> canary.Canary:
        """A canary whose time passes at once."""
        return canary.Canary(
            aliases=self.aliases,
            alarms=Alarms(self.stack),
            traffic=Traffic(self.stack),
            steps=canary.Steps(
                percentages=self.steps["steps"],
                bake_seconds=60 * self.steps["bakeMinutes"],
                sleep=self._sleep,
                clock=lambda: self.time,
            ),
            report=self.lines.append,
            **options,
        )

    def during_bake(self, action: Callable[[float], object]) -> None:
        """Do something whenever a canary waits, with the time since the beginning."""
        self._during_bake = action

    def _sleep(self, seconds: float) -> None:
        self.time += seconds
        self._during_bake(self.time)

    def kill_after(self, writes: int) -> None:
        """End the process after so many calls that change something."""
        self.calls.clear()
        self._kill_after = writes

    def killed(self, action: Callable[[], object], after: int) -> bool:
        """Do something that ends after so many writes; return whether it had more to do."""
        self.kill_after(after)
        try:
            action()
        except Killed:
            return True
        except UserError:
            return False
        finally:
            self.survive()
        return False

    def roll_back(self) -> None:
        """Roll back the last release."""
        functions = self.aliases.read()
        rollback.run(self.aliases, functions, rollback.plan(self.aliases, functions))

    def survive(self) -> None:
        """Kill nothing any more."""
        self._kill_after = None

    @contextlib.contextmanager
    def revisions(self) -> Iterator[None]:
        """Check the revision of each update of an alias, as Lambda does and moto does not."""
        current: dict[str, str] = {}

        def check(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
            sent = json.loads(params["body"])["RevisionId"]
            if sent == current.get(params["url_path"], sent):
                return None
            error = {"Code": "PreconditionFailedException", "Message": "outdated"}
            return AWSResponse("", 412, HTTPHeaders(), None), {
                "Error": error,
                "ResponseMetadata": {},
            }

        def renew(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            if arn := parsed.get("AliasArn"):
                _, name, alias = arn.rsplit(":", 2)
                path = f"/2015-03-31/functions/{name}/aliases/{alias}"
                if model.name == "UpdateAlias":
                    current[path] = str(len(current) + len(self.calls))
                parsed["RevisionId"] = current.get(path, parsed["RevisionId"])

        events = self.awslambda.meta.events
        events.register("before-call.lambda.UpdateAlias", check)
        events.register("after-call.lambda", renew)
        try:
            yield
        finally:
            events.unregister("before-call.lambda.UpdateAlias", check)
            events.unregister("after-call.lambda", renew)

    @property
    def writes(self) -> Sequence[str]:
        """The calls so far that changed something."""
        return [call for call in self.calls if call in WRITES]

    def _called(self, model: Any, **_: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}.{model.name}")
        if self.calls[-1] in WRITES and len(self.writes) == self._kill_after:
            raise Killed


def _bundle(version: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("handler.py", f"VERSION = {version}")
    return file.getvalue()

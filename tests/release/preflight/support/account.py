"""An AWS account whose responses are canned: validated by botocore, changed by a test, recorded."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tooling.clients import Client

ACCOUNT: Final = "123456789012"
_ZONES: Final = ["us-east-1a", "us-east-1b"]


class AwsError(Exception):
    """An error response: a code and a message."""

    def __init__(self, code: str, message: str = "no") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def _quota(_parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Quota": {"Value": 500.0, "Adjustable": True}}


def _zone(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    zone = {"Id": parameters["Id"], "Name": "shop-orders.net.", "CallerReference": "x"}
    return {"HostedZone": zone}


def _health_check(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    check = {
        "Id": parameters["HealthCheckId"],
        "CallerReference": "x",
        "HealthCheckConfig": {"Type": "CLOUDWATCH_METRIC"},
        "HealthCheckVersion": 1,
    }
    return {"HealthCheck": check}


def _subnets(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    names = parameters["Filters"][0]["Values"]
    vpc = names[0].replace("subnet", "vpc")  # so they are named in the tests' stacks
    return {
        "Subnets": [
            {"SubnetId": name, "VpcId": vpc, "AvailabilityZone": _ZONES[place % 2]}
            for place, name in enumerate(names)
        ]
    }


def _services(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    names = parameters["Filters"][0]["Values"]
    details = [{"ServiceName": name, "AvailabilityZones": _ZONES} for name in names]
    return {"ServiceDetails": details}


def _dns(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(parameters["Attribute"])
    return {"VpcId": parameters["VpcId"], name[0].upper() + name[1:]: {"Value": True}}


def sampling_rule(name: str) -> Mapping[str, Any]:
    """A sampling rule of X-Ray, with all that botocore requires."""
    texts = ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")
    numbers = {"Priority": 1, "FixedRate": 0.05, "ReservoirSize": 0, "Version": 1}
    return {"SamplingRule": {"RuleName": name, **dict.fromkeys(texts, "*"), **numbers}}


# A production account in which the stack is not deployed yet.
HEALTHY: Final[Mapping[tuple[str, str], Any]] = {
    ("sts", "GetCallerIdentity"): {
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me",
    },
    ("account", "GetRegionOptStatus"): {"RegionOptStatus": "ENABLED_BY_DEFAULT"},
    ("acm", "DescribeCertificate"): {
        "Certificate": {
            "Status": "ISSUED",
            "DomainName": "*.shop-orders.net",
            "NotAfter": datetime(2099, 1, 1, tzinfo=UTC),
        }
    },
    ("apigateway", "GetAccount"): {"throttleSettings": {"rateLimit": 10000, "burstLimit": 5000}},
    ("apigateway", "GetRestApis"): {"items": [{"name": "another"}]},
    ("apigateway", "GetUsagePlans"): {"items": []},
    ("dynamodb", "ListTables"): {"TableNames": ["another"]},
    ("ec2", "DescribeSubnets"): _subnets,
    ("ec2", "DescribeVpcAttribute"): _dns,
    ("ec2", "DescribeVpcEndpointServices"): _services,
    ("ec2", "DescribeVpcEndpoints"): {"VpcEndpoints": []},
    ("iam", "GetAccountSummary"): {"SummaryMap": {"Roles": 40, "RolesQuota": 1000}},
    ("iam", "GetPolicy"): {"Policy": {"PolicyName": "boundary"}},
    ("iam", "ListRoles"): {"Roles": []},
    ("lambda", "GetAccountSettings"): {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    },
    ("lambda", "GetFunctionConcurrency"): AwsError("ResourceNotFoundException"),
    ("route53", "GetHealthCheck"): _health_check,
    ("route53", "GetHostedZone"): _zone,
    ("secretsmanager", "DescribeSecret"): {"Name": "smtp"},
    ("service-quotas", "GetServiceQuota"): AwsError("NoSuchResourceException"),
    ("service-quotas", "GetAWSDefaultServiceQuota"): _quota,
    ("sesv2", "GetAccount"): {
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": 50_000_000.0, "MaxSendRate": 5000.0},
    },
    ("sesv2", "GetEmailIdentity"): {"VerifiedForSendingStatus": True, "Tags": []},
    ("sns", "GetSMSAttributes"): {"attributes": {"MonthlySpendLimit": "50"}},
    ("sns", "GetSMSSandboxAccountStatus"): {"IsInSandbox": True},
    ("sns", "ListSMSSandboxPhoneNumbers"): {
        "PhoneNumbers": [{"PhoneNumber": "+15550100", "Status": "Verified"}]
    },
    ("sns", "ListSubscriptionsByTopic"): AwsError("NotFound"),
    ("sns", "ListTopics"): {"Topics": []},
    ("xray", "GetSamplingRules"): {
        "SamplingRuleRecords": [sampling_rule("Default"), sampling_rule("another")]
    },
}


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1")


@functools.cache
def _client(service: str) -> Client:
    """A client that all accounts use, because it takes long to create."""
    # The stubs have an overload per service name, and none for a variable.
    create: Callable[..., Client] = _session().client
    return create(service)


class Account:
    """Clients whose calls botocore checks, and which reach no network."""

    def __init__(self, changes: Mapping[tuple[str, str], Any] | None = None) -> None:
        self._answers = {**HEALTHY, **(changes or {})}
        self._parameters: Mapping[str, Any] = {}
        self.calls: set[tuple[str, str]] = set()

    def client(self, service: str) -> Client:
        """Return the client of a service, whose next calls are for this account."""
        client = _client(service)
        handlers: dict[str, Callable[..., Any]] = {
            "provide-client-params": self._remember,
            "before-call": self._respond,
        }
        for event, handler in handlers.items():
            client.meta.events.unregister(event, unique_id=event)
            client.meta.events.register(event, handler, unique_id=event)
        return client

    def _remember(self, params: Mapping[str, Any], **_: Any) -> None:
        self._parameters = params

    def _respond(self, model: Any, **_: Any) -> tuple[SimpleNamespace, dict[str, Any]]:
        call = (str(model.service_model.service_name), str(model.name))
        self.calls.add(call)
        answer = self._answers[call]
        response = answer(self._parameters) if callable(answer) else answer
        if isinstance(response, AwsError):
            error = {"Code": response.code, "Message": response.message}
            return SimpleNamespace(status_code=400), {"Error": error}
        report = ParamValidator().validate(dict(response), model.output_shape)
        assert not report.has_errors(), f"{call}: {report.generate_report()}"
        return SimpleNamespace(status_code=200), dict(response)

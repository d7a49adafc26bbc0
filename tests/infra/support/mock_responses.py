"""What AWS would answer to a program: realistic ARNs, URLs and IDs, or nothing at all for a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Callable

    # The resource's deployed name, its inputs, and "<region>:<account>" -> its ID and its outputs.
    Answer = Callable[[str, dict[str, Any], str], tuple[str, dict[str, Any]]]

ACCOUNT = "123456789012"
API_ID = "a1b2c3d4e5"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
DKIM_TOKENS = ["aaaa1111", "bbbb2222", "cccc3333"]


class Cloud(pulumi.runtime.Mocks):
    """Answers registrations as the provider would: inputs and, outside of previews, what it computes."""

    def __init__(self, region: str, *, computes: bool) -> None:
        self._region = region
        self._computes = computes

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Answer a resource."""
        if not self._computes or not args.custom:
            return None, args.inputs
        answer = _ANSWERS.get(args.typ, _other)
        name = str(args.inputs.get("name") or args.inputs.get("dashboardName") or args.name)
        identity, outputs = answer(name, args.inputs, f"{self._region}:{ACCOUNT}")
        return identity, {**args.inputs, **outputs}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answer a data source; a preview knows these too."""
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"id": ACCOUNT, "accountId": ACCOUNT},
            "aws:index/getRegion:getRegion": {
                "id": self._region,
                "name": self._region,
                "region": self._region,
            },
            "aws:index/getPartition:getPartition": {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
            },
        }
        return answers[args.token], []


def _queue(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    region, _, account = where.partition(":")
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    return url, {"arn": f"arn:aws:sqs:{where}:{name}", "url": url}


def _topic(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:sns:{where}:{name}"
    return arn, {"arn": arn}


def _table(name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:dynamodb:{where}:table/{name}"
    stream = (
        {"streamArn": f"{arn}/stream/2026-01-01T00:00:00.000"}
        if inputs.get("streamEnabled")
        else {}
    )
    return name, {"arn": arn, **stream}


def _log_group(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return name, {"arn": f"arn:aws:logs:{where}:log-group:{name}"}


def _role(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return name, {"arn": f"arn:aws:iam::{where.partition(':')[2]}:role/{name}"}


def _function(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:lambda:{where}:function:{name}"
    return name, {"arn": arn, "version": "7", "invokeArn": _invoke_arn(arn, where)}


def _alias(name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:lambda:{where}:function:{inputs['functionName']}:{name}"
    return arn, {"arn": arn, "invokeArn": _invoke_arn(arn, where)}


def _invoke_arn(arn: str, where: str) -> str:
    region = where.partition(":")[0]
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _http_api(_name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    region = where.partition(":")[0]
    return API_ID, {
        "arn": f"arn:aws:apigateway:{region}::/apis/{API_ID}",
        "apiEndpoint": f"https://{API_ID}.execute-api.{region}.amazonaws.com",
        "executionArn": f"arn:aws:execute-api:{where}:{API_ID}",
    }


def _key(_name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return KEY_ID, {"arn": f"arn:aws:kms:{where}:key/{KEY_ID}", "keyId": KEY_ID}


def _key_alias(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return name, {"arn": f"arn:aws:kms:{where}:{name}"}


def _alarm(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return name, {"arn": f"arn:aws:cloudwatch:{where}:alarm:{name}"}


def _configuration_set(
    _name: str, inputs: dict[str, Any], where: str
) -> tuple[str, dict[str, Any]]:
    name = inputs["configurationSetName"]
    return name, {"arn": f"arn:aws:ses:{where}:configuration-set/{name}"}


def _email_identity(_name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    name = inputs["emailIdentity"]
    dkim = {**inputs.get("dkimSigningAttributes", {}), "tokens": [] if "@" in name else DKIM_TOKENS}
    return name, {"arn": f"arn:aws:ses:{where}:identity/{name}", "dkimSigningAttributes": dkim}


def _rest_api(_name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    region = where.partition(":")[0]
    return API_ID, {
        "arn": f"arn:aws:apigateway:{region}::/restapis/{API_ID}",
        "executionArn": f"arn:aws:execute-api:{where}:{API_ID}",
        "rootResourceId": "root",
    }


def _rest_stage(_name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    region, stage = where.partition(":")[0], inputs["stageName"]
    return f"ags-{API_ID}-{stage}", {
        "arn": f"arn:aws:apigateway:{region}::/restapis/{API_ID}/stages/{stage}",
        "executionArn": f"arn:aws:execute-api:{where}:{API_ID}/{stage}",
        "invokeUrl": f"https://{API_ID}.execute-api.{region}.amazonaws.com/{stage}",
    }


def _api_key(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    region = where.partition(":")[0]
    return f"{name}-id", {
        "arn": f"arn:aws:apigateway:{region}::/apikeys/{name}-id",
        "value": _secret(f"{name}-value"),
    }


def _secret(value: str) -> dict[str, str]:
    """A value that the engine must not show, as the wire marks it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}  # noqa: SLF001 (these have no public name)


def _other(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return f"{name}-id", {"arn": f"arn:aws:other:{where}:{name}"}


def _http_domain(name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    target = {"targetDomainName": f"d-{API_ID}.execute-api.{where.partition(':')[0]}.amazonaws.com"}
    configuration = {
        **inputs["domainNameConfiguration"],
        **target,
        "hostedZoneId": "Z1UJRXOUMOOFQ8",
    }
    return name, {"domainNameConfiguration": configuration}


def _rest_domain(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    target = f"d-{API_ID}.execute-api.{where.partition(':')[0]}.amazonaws.com"
    return name, {"regionalDomainName": target, "regionalZoneId": "Z1UJRXOUMOOFQ8"}


def _security_group(name: str, _inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    return f"sg-{name}", {"arn": f"arn:aws:ec2:{where}:security-group/sg-{name}"}


def _endpoint(name: str, inputs: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    lists = {"prefixListId": f"pl-{name}"} if inputs["vpcEndpointType"] == "Gateway" else {}
    return f"vpce-{name}", {"arn": f"arn:aws:ec2:{where}:vpc-endpoint/vpce-{name}", **lists}


_ANSWERS: dict[str, Answer] = {
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _topic,
    "aws:dynamodb/table:Table": _table,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:iam/role:Role": _role,
    "aws:lambda/function:Function": _function,
    "aws:lambda/alias:Alias": _alias,
    "aws:apigatewayv2/api:Api": _http_api,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _rest_stage,
    "aws:apigateway/apiKey:ApiKey": _api_key,
    "aws:apigatewayv2/domainName:DomainName": _http_domain,
    "aws:apigateway/domainName:DomainName": _rest_domain,
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:kms/key:Key": _key,
    "aws:kms/alias:Alias": _key_alias,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:sesv2/configurationSet:ConfigurationSet": _configuration_set,
    "aws:sesv2/emailIdentity:EmailIdentity": _email_identity,
}

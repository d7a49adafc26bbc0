"""What AWS would compute for each resource: IDs, ARNs and URLs; nothing in a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "123456789012"
API_ID = "a1b2c3d4e5"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
DISTRIBUTION_ID = "E1A2B3C4D5E6F7"
DISTRIBUTION_DOMAIN = "d111111abcdef8.cloudfront.net"
DKIM_TOKENS = ["aaaa1111", "bbbb2222", "cccc3333"]

_FUNCTION = "arn:aws:lambda:{here}:function:{name}"
_ALIAS = "arn:aws:lambda:{here}:function:{inputs[functionName]}:{name}"
_INVOKE = "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/%s/invocations"
_QUEUE_URL = "https://sqs.{region}.amazonaws.com/" + ACCOUNT + "/{name}"
_API = "arn:aws:apigateway:{region}::/%s/" + API_ID
_EXECUTE = "arn:aws:execute-api:{here}:" + API_ID
_API_URL = f"https://{API_ID}.execute-api.{{region}}.amazonaws.com"
_DOMAIN = f"d-{API_ID}.execute-api.{{region}}.amazonaws.com"
_SET = "{inputs[configurationSetName]}"
_STAGE = "{inputs[stageName]}"

# By type: the ID, and the outputs. `{here}` is region and account, `{name}` the deployed name.
_OTHER = ("{name}-id", {"arn": "arn:aws:other:{here}:{name}"})
_FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    "aws:sqs/queue:Queue": (_QUEUE_URL, {"arn": "arn:aws:sqs:{here}:{name}", "url": _QUEUE_URL}),
    "aws:sns/topic:Topic": ("arn:aws:sns:{here}:{name}", {"arn": "arn:aws:sns:{here}:{name}"}),
    "aws:dynamodb/table:Table": ("{name}", {"arn": "arn:aws:dynamodb:{here}:table/{name}"}),
    "aws:cloudwatch/logGroup:LogGroup": ("{name}", {"arn": "arn:aws:logs:{here}:log-group:{name}"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "{name}",
        {"arn": "arn:aws:cloudwatch:{here}:alarm:{name}"},
    ),
    "aws:iam/role:Role": ("{name}", {"arn": f"arn:aws:iam::{ACCOUNT}:role/{{name}}"}),
    "aws:lambda/function:Function": (
        "{name}",
        {"arn": _FUNCTION, "version": "7", "invokeArn": _INVOKE % _FUNCTION},
    ),
    "aws:lambda/alias:Alias": (_ALIAS, {"arn": _ALIAS, "invokeArn": _INVOKE % _ALIAS}),
    "aws:apigatewayv2/api:Api": (
        API_ID,
        {"arn": _API % "apis", "apiEndpoint": _API_URL, "executionArn": _EXECUTE},
    ),
    "aws:apigateway/restApi:RestApi": (
        API_ID,
        {"arn": _API % "restapis", "executionArn": _EXECUTE, "rootResourceId": "root"},
    ),
    "aws:apigateway/stage:Stage": (
        f"ags-{API_ID}-{_STAGE}",
        {
            "arn": f"{_API % 'restapis'}/stages/{_STAGE}",
            "executionArn": f"{_EXECUTE}/{_STAGE}",
            "invokeUrl": f"{_API_URL}/{_STAGE}",
        },
    ),
    "aws:apigateway/apiKey:ApiKey": (
        "{name}-id",
        {"arn": "arn:aws:apigateway:{region}::/apikeys/{name}-id"},
    ),
    "aws:apigatewayv2/domainName:DomainName": ("{name}", {}),
    "aws:apigateway/domainName:DomainName": (
        "{name}",
        {"regionalDomainName": _DOMAIN, "regionalZoneId": "Z1UJRXOUMOOFQ8"},
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        "sg-{name}",
        {"arn": "arn:aws:ec2:{here}:security-group/sg-{name}"},
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "vpce-{name}",
        {"arn": "arn:aws:ec2:{here}:vpc-endpoint/vpce-{name}"},
    ),
    "aws:kms/key:Key": (KEY_ID, {"arn": f"arn:aws:kms:{{here}}:key/{KEY_ID}", "keyId": KEY_ID}),
    "aws:kms/alias:Alias": ("{name}", {"arn": "arn:aws:kms:{here}:{name}"}),
    "aws:s3/bucket:Bucket": (
        "{inputs[bucketPrefix]}x",
        {
            "arn": "arn:aws:s3:::{inputs[bucketPrefix]}x",
            "bucket": "{inputs[bucketPrefix]}x",
            "bucketRegionalDomainName": "{inputs[bucketPrefix]}x.s3.{region}.amazonaws.com",
        },
    ),
    "aws:cloudfront/distribution:Distribution": (
        DISTRIBUTION_ID,
        {
            "arn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{DISTRIBUTION_ID}",
            "domainName": DISTRIBUTION_DOMAIN,
        },
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": (
        _SET,
        {"arn": f"arn:aws:ses:{{here}}:configuration-set/{_SET}"},
    ),
    "aws:sesv2/emailIdentity:EmailIdentity": (
        "{inputs[emailIdentity]}",
        {"arn": "arn:aws:ses:{here}:identity/{inputs[emailIdentity]}"},
    ),
}


class Cloud(pulumi.runtime.Mocks):
    """Responds as the provider would: with inputs and, outside of previews, computed outputs."""

    def __init__(self, region: str, *, computes: bool) -> None:
        self._region = region
        self._computes = computes

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Return the ID and the outputs of a resource."""
        if not self._computes or not args.custom:
            return None, args.inputs
        name = str(args.inputs.get("name") or args.inputs.get("dashboardName") or args.name)
        identity, outputs = _FORMATS.get(args.typ, _OTHER)

        def fill(text: str) -> str:
            here = f"{self._region}:{ACCOUNT}"
            return text.format(name=name, region=self._region, here=here, inputs=args.inputs)

        computed = {key: fill(text) for key, text in outputs.items()}
        special = _special_outputs(args.typ, name, args.inputs, fill)
        return fill(identity), {**args.inputs, **computed, **special}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Return the result of a data source, which a preview knows too."""
        region = self._region
        results: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"id": ACCOUNT, "accountId": ACCOUNT},
            "aws:index/getRegion:getRegion": {"id": region, "name": region, "region": region},
            "aws:index/getPartition:getPartition": {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
            },
        }
        return results[args.token], []


def _special_outputs(
    kind: str, name: str, inputs: dict[str, Any], fill: Callable[[str], str]
) -> dict[str, Any]:
    """Return outputs that are no text, or that only some resources of a type have."""
    if kind == "aws:dynamodb/table:Table" and inputs.get("streamEnabled"):
        stream = "arn:aws:dynamodb:{here}:table/{name}/stream/2026-01-01T00:00:00.000"
        return {"streamArn": fill(stream)}
    if kind == "aws:ec2/vpcEndpoint:VpcEndpoint" and inputs["vpcEndpointType"] == "Gateway":
        return {"prefixListId": f"pl-{name}"}
    if kind == "aws:apigateway/apiKey:ApiKey":
        # A secret, as Pulumi's wire format marks it.
        return {
            "value": {
                rpc._special_sig_key: rpc._special_secret_sig,  # noqa: SLF001 (no public name)
                "value": f"{name}-value",
            }
        }
    if kind == "aws:apigatewayv2/domainName:DomainName":
        target = {"targetDomainName": fill(_DOMAIN), "hostedZoneId": "Z1UJRXOUMOOFQ8"}
        return {"domainNameConfiguration": {**inputs["domainNameConfiguration"], **target}}
    if kind == "aws:sesv2/emailIdentity:EmailIdentity":
        tokens = [] if "@" in inputs["emailIdentity"] else DKIM_TOKENS
        return {
            "dkimSigningAttributes": {**inputs.get("dkimSigningAttributes", {}), "tokens": tokens}
        }
    return {}

"""What rules only remark upon, and in which changes they find nothing to remark."""

from __future__ import annotations

from policy.rules import UNKNOWN, kinds
from tests.policy.support.changes import Allowed, Breach, add, edit, hide, unprotect

_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:orders"
_INVOKED = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
_INTEGRATION = ("orders-api-gateway-integration", kinds.HTTP_INTEGRATION)

BREACHES = (
    Breach(
        "tables-protected",
        edit("orders-api-table", kinds.TABLE, deletionProtectionEnabled=False),
        "is in production, and AWS would delete it; set deletionProtectionEnabled to true",
    ),
    Breach(
        "tables-protected",
        unprotect("orders-api-table", kinds.TABLE),
        "is in production, and Pulumi would delete it; set the resource option protect to true",
    ),
    Breach(
        "functions-behind-aliases",
        edit("fan-out-email-mapping", kinds.MAPPING, functionName=_FUNCTION),
        "invokes a function as it was last uploaded; set functionName to that of its alias",
    ),
    Breach(
        "functions-behind-aliases",
        edit("fan-out-email-mapping", kinds.MAPPING, functionName=f"{_FUNCTION}:$LATEST"),
        "invokes a function as it was last uploaded; set functionName to that of its alias",
    ),
    Breach(
        "functions-behind-aliases",
        add(kinds.HTTP_INTEGRATION, integrationUri=f"{_INVOKED}/{_FUNCTION}/invocations"),
        "invokes a function as it was last uploaded; set integrationUri to that of its alias",
    ),
    Breach(
        "functions-behind-aliases",
        add(kinds.MAPPING, functionName="orders"),
        "invokes a function as it was last uploaded; set functionName to that of its alias",
    ),
    Breach(
        "functions-behind-aliases",
        hide(*_INTEGRATION, "orders-api-orders-function", kinds.FUNCTION, integrationUri=UNKNOWN),
        "invokes a function as it was last uploaded; set integrationUri to that of its alias",
    ),
    Breach(
        "functions-behind-aliases",
        edit("orders-api-gateway-post-orders-permission", kinds.PERMISSION, qualifier=None),
        "lets a function be invoked as it was last uploaded; set qualifier to its alias",
    ),
    Breach(
        "functions-traced",
        edit("fan-out-relay-function", kinds.FUNCTION, tracingConfig={"mode": "PassThrough"}),
        "leaves no traces; set tracingConfig.mode to Active",
    ),
    Breach(
        "functions-traced",
        edit("fan-out-relay-function", kinds.FUNCTION, tracingConfig=None),
        "leaves no traces; set tracingConfig.mode to Active",
    ),
    Breach(
        "routes-authorized",
        add(kinds.REST_METHOD, httpMethod="POST", authorization="NONE"),
        "may be called by everybody; set authorization, or decide that it is meant to be open",
    ),
    Breach(
        "routes-authorized",
        add(kinds.HTTP_ROUTE, routeKey="GET /orders"),
        "may be called by everybody; set authorizationType, or decide that it is meant to be open",
    ),
)

ALLOWED = (
    Allowed("functions-behind-aliases", add(kinds.MAPPING, functionName=f"{_FUNCTION}:live")),
    Allowed(
        "functions-behind-aliases",
        add(kinds.REST_INTEGRATION, uri=f"{_INVOKED}/{_FUNCTION}:live/invocations"),
    ),
    Allowed("functions-behind-aliases", add(kinds.REST_INTEGRATION, type="MOCK")),
    Allowed(
        "functions-behind-aliases",
        hide(*_INTEGRATION, "orders-api-orders-live", kinds.ALIAS, integrationUri=UNKNOWN),
    ),
    Allowed(
        "functions-behind-aliases",
        add(kinds.HTTP_INTEGRATION, integrationUri="https://example.com"),
    ),
    Allowed(
        "routes-authorized", add(kinds.REST_METHOD, httpMethod="POST", authorization="AWS_IAM")
    ),
    Allowed(
        "routes-authorized",
        add(kinds.REST_METHOD, httpMethod="GET", authorization="NONE", apiKeyRequired=True),
    ),
    Allowed(
        "routes-authorized", add(kinds.REST_METHOD, httpMethod="OPTIONS", authorization="NONE")
    ),
    Allowed(
        "routes-authorized",
        add(kinds.HTTP_ROUTE, routeKey="OPTIONS /{proxy+}", authorizationType="NONE"),
    ),
)

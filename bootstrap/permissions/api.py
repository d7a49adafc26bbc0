"""Permissions for API Gateway, AWS WAF and the DNS records of a custom domain.

API Gateway generates the IDs of its resources, and an action is the HTTP method of a request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html
"""

from typing import Final

from bootstrap.permissions.functions import service_linked_role
from bootstrap.permissions.grant import Grant, arn

_GET: Final = ("apigateway:GET",)
_POST: Final = ("apigateway:POST",)
_PUT: Final = ("apigateway:PUT",)
_PATCH: Final = ("apigateway:PATCH",)
_DELETE: Final = ("apigateway:DELETE",)


def _path(*paths: str) -> tuple[str, ...]:
    return tuple(arn("apigateway", path, account=False) for path in paths)


def _parts(*paths: str) -> tuple[Grant, ...]:
    """Return the permissions for what is created by a POST or, with a name in its path, a PUT."""
    return (
        Grant(on=_path(*paths), read=_GET, create=(*_POST, *_PUT), update=_PATCH, delete=_DELETE),
    )


# The reference has no action TagResource, but refusals name it:
# https://github.com/cloudtools/awacs/issues/254
_TAGS: Final = Grant(
    on=_path("/tags/*"),
    read=_GET,
    tag=(*_POST, *_PUT, *_DELETE, "apigateway:TagResource", "apigateway:UntagResource"),
)
_REST: Final = _parts("/restapis", "/restapis/*")
_HTTP: Final = _parts("/apis", "/apis/*")
_DOMAIN: Final = _parts("/domainnames", "/domainnames/*")
_LINKED_ROLE: Final = service_linked_role("ops.apigateway.amazonaws.com")


def _with_keys(*paths: str) -> Grant:
    """Return the permissions for resources whose responses hold the values of API keys."""
    return Grant(
        on=_path(*paths),
        read=_GET,
        create=_POST,
        update=_PATCH,
        delete=_DELETE,
        returns_secrets=True,
    )


_KEYS: Final = _with_keys("/apikeys", "/apikeys/*")
_PLANS: Final = _with_keys("/usageplans", "/usageplans/*")

# An API's access logs are a log delivery. None of these actions has a resource type.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
_ACCESS_LOGS: Final = Grant(
    create=(
        "logs:CreateLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
    ),
    update=("logs:UpdateLogDelivery",),
    delete=("logs:DeleteLogDelivery",),
)

_STAGES: Final = _path("/restapis/*/stages/*")
_WEB_ACL: Final = arn("wafv2", "regional/webacl/{prefix}-*")

TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:apigateway/account:Account": (
        Grant(on=_path("/account"), read=_GET, create=_PATCH, update=_PATCH, delete=_PATCH),
        Grant(
            on=(arn("iam", "role/{prefix}-api-logs-*", regional=False),),
            create=("iam:PassRole",),
            condition={"StringEquals": {"iam:PassedToService": ("apigateway.amazonaws.com",)}},
        ),
    ),
    "aws:apigateway/apiKey:ApiKey": (_KEYS, _TAGS),
    "aws:apigateway/basePathMapping:BasePathMapping": _DOMAIN,
    "aws:apigateway/deployment:Deployment": _REST,
    "aws:apigateway/domainName:DomainName": (*_DOMAIN, _TAGS, _LINKED_ROLE),
    "aws:apigateway/integration:Integration": _REST,
    "aws:apigateway/integrationResponse:IntegrationResponse": _REST,
    "aws:apigateway/method:Method": _REST,
    "aws:apigateway/methodResponse:MethodResponse": _REST,
    "aws:apigateway/methodSettings:MethodSettings": _REST,
    "aws:apigateway/model:Model": _REST,
    "aws:apigateway/requestValidator:RequestValidator": _REST,
    "aws:apigateway/resource:Resource": _REST,
    "aws:apigateway/response:Response": _REST,
    "aws:apigateway/restApi:RestApi": (*_REST, _TAGS),
    "aws:apigateway/restApiPolicy:RestApiPolicy": (
        *_REST,
        Grant(
            on=_path("/restapis", "/restapis/*"),
            create=("apigateway:UpdateRestApiPolicy",),
            delete=("apigateway:UpdateRestApiPolicy",),
        ),
    ),
    "aws:apigateway/stage:Stage": (*_REST, _TAGS, _LINKED_ROLE),
    "aws:apigateway/usagePlan:UsagePlan": (_PLANS, _TAGS),
    "aws:apigateway/usagePlanKey:UsagePlanKey": (_PLANS,),
    "aws:apigatewayv2/api:Api": (*_HTTP, _TAGS),
    "aws:apigatewayv2/apiMapping:ApiMapping": _DOMAIN,
    "aws:apigatewayv2/authorizer:Authorizer": _HTTP,
    "aws:apigatewayv2/domainName:DomainName": (*_DOMAIN, _TAGS, _LINKED_ROLE),
    "aws:apigatewayv2/integration:Integration": _HTTP,
    "aws:apigatewayv2/route:Route": _HTTP,
    "aws:apigatewayv2/stage:Stage": (*_HTTP, _TAGS, _ACCESS_LOGS),
    # Health checks have generated IDs, and no condition key tells whose they are.
    "aws:route53/healthCheck:HealthCheck": (
        Grant(create=("route53:CreateHealthCheck",)),
        Grant(
            on=(arn("route53", "healthcheck/*", regional=False, account=False),),
            read=("route53:GetHealthCheck", "route53:ListTagsForResource"),
            update=("route53:UpdateHealthCheck",),
            delete=("route53:DeleteHealthCheck",),
            tag=("route53:ChangeTagsForResource",),
        ),
    ),
    "aws:route53/record:Record": (
        Grant(
            on=(arn("route53", "hostedzone/{zone}", regional=False, account=False),),
            read=("route53:GetHostedZone", "route53:ListResourceRecordSets"),
            create=("route53:ChangeResourceRecordSets",),
        ),
        Grant(
            on=(arn("route53", "change/*", regional=False, account=False),),
            create=("route53:GetChange",),
        ),
    ),
    "aws:wafv2/webAcl:WebAcl": (
        Grant(
            on=(_WEB_ACL,),
            read=("wafv2:GetWebACL", "wafv2:ListTagsForResource"),
            delete=("wafv2:DeleteWebACL",),
            tag=("wafv2:TagResource", "wafv2:UntagResource"),
        ),
        Grant(
            on=(_WEB_ACL, arn("wafv2", "regional/managedruleset/*")),
            create=("wafv2:CreateWebACL",),
            update=("wafv2:UpdateWebACL",),
        ),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": (
        Grant(
            on=(_WEB_ACL, *_STAGES),
            read=("wafv2:GetWebACLForResource",),
            create=("wafv2:AssociateWebACL",),
        ),
        Grant(on=_STAGES, create=("apigateway:SetWebACL",), delete=("wafv2:DisassociateWebACL",)),
    ),
}

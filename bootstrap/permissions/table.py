"""By resource type, what the AWS provider calls to create, read, update, delete and tag it.

A test compares the types with those that the stacks use, and the actions and ARNs with the service
authorization reference.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from typing import Final

from bootstrap.permissions import api, functions, messaging, monitoring, network, roles, storefront
from bootstrap.permissions.grant import Grant

# One managed policy for each, because of the limit of its size.
SECTIONS: Final[dict[str, dict[str, tuple[Grant, ...]]]] = {
    "functions": functions.TYPES | roles.TYPES,
    "api": api.TYPES,
    "messaging": messaging.TYPES,
    "monitoring": monitoring.TYPES,
    "network": network.TYPES,
    "storefront": storefront.TYPES,
}

PERMISSIONS: Final[dict[str, tuple[Grant, ...]]] = {
    kind: grants for types in SECTIONS.values() for kind, grants in types.items()
}

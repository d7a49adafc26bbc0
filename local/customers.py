"""A Cognito user pool of the embedded AWS, which issues tokens for stacks with `auth: jwt`."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from local.deployment import overrides
from tooling.signing import REGION

if TYPE_CHECKING:
    from tooling.clients import ClientFactory
    from tooling.stackfile import StackFile

_NAME = "customers"


class Customers:
    """A user pool of customers, which is created unless the emulator has it."""

    def __init__(self, client: ClientFactory) -> None:
        self._cognito = client("cognito-idp")
        pools = self._cognito.list_user_pools(MaxResults=60)["UserPools"]
        existing = (pool["Id"] for pool in pools if pool["Name"] == _NAME)
        pool = next(existing, None) or self._create()
        (app,) = self._cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
        self._pool = pool
        self.audience: str = app["ClientId"]
        self.issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"

    def _create(self) -> str:
        pool: str = self._cognito.create_user_pool(PoolName=_NAME)["UserPool"]["Id"]
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        self._cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="shop", ExplicitAuthFlows=flows
        )
        return pool

    def token(self, name: str) -> str:
        """Return the token of a user, who may be new; it is valid for an hour.

        Its `sub` is the user ID.
        """
        password = f"Passw0rd-{secrets.token_urlsafe(12)}"
        with suppress(self._cognito.exceptions.UsernameExistsException):
            self._cognito.admin_create_user(
                UserPoolId=self._pool, Username=name, MessageAction="SUPPRESS"
            )
        self._cognito.admin_set_user_password(
            UserPoolId=self._pool, Username=name, Password=password, Permanent=True
        )
        # InitiateAuth is unsigned, and the guard refuses unsigned requests.
        response = self._cognito.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self.audience,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        token: str = response["AuthenticationResult"]["IdToken"]
        return token


def customers_of(client: ClientFactory, settings: StackFile) -> Customers | None:
    """Return the customers of a stack whose callers need tokens that the emulator issues."""
    return Customers(client) if overrides.needs_customers(settings) else None

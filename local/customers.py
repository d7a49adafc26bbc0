"""A Cognito user pool of the embedded AWS, which issues tokens for stacks with `auth: jwt`."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from tooling.signing import REGION

if TYPE_CHECKING:
    from local.emulator import Emulator


class Customers:
    """A user pool of customers."""

    def __init__(self, emulator: Emulator) -> None:
        self._cognito = emulator.client("cognito-idp")
        pool = self._cognito.create_user_pool(PoolName="customers")["UserPool"]["Id"]
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        app = self._cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="shop", ExplicitAuthFlows=flows
        )
        self._pool = pool
        self.audience: str = app["UserPoolClient"]["ClientId"]
        self.issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"

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

"""An update of a deployed stack with the configuration and the program that are saved now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.customers import customers_of
from local.deployment import deployer, overrides
from local.deployment.import_check import ImportCheck
from local.deployment.record import Record
from tooling import stackfile
from tooling.clients import Clients
from tooling.root import ROOT
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from local.deployment.update_process import Request


def run(request: Request) -> dict[str, Any]:
    """Run an update; return the stack's outputs, its configuration and what was changed.

    Raises:
        UserError: the configuration, the program or a handler has an error; nothing is changed.
    """
    clients = Clients(request.url, AccessKey.of_outputs(request.key))
    settings = stackfile.load(request.stack, ROOT, stackfile.find(request.stack, ROOT))
    settings, _ = overrides.apply(settings, customers_of(clients.get, settings))
    with ImportCheck(request.environment) as check:
        outputs, changes = deployer.update(
            deployer.target_of(clients.get, request.url, request.storefront_url),
            settings,
            Record(Path(request.record)),
            check=check.require_functions,
        )
    return {"outputs": outputs, "config": settings.config, "changes": asdict(changes)}

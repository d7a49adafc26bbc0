"""Rollback from versions that fail: what orders meet them, and that none is lost."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from infra.functions.bundle import Bundler
from orderctl.stack import Outputs, Stack
from release.versions import canary, record, rollback
from release.versions.alarms import Alarms
from release.versions.aliases import Aliases
from release.versions.traffic import Traffic
from tests.e2e.support.local_deployment import deploy_like_make_local
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.emulator.emulator import Emulator
    from release.versions.aliases import Function
    from tests.e2e.support.stack import LocalStack

# Appended to a handler: it reports what it gets, and fails.
_BAD: Final = """

def handle(event, context):
    import json
    print("BAD VERSION " + json.dumps(event, default=str))
    raise RuntimeError("this version fails")
"""
# More receives than a test takes time for: dead letters have tests of their own.
_RECEIVES: Final = 500


@pytest.fixture(scope="module")
def stack(emulator: Emulator) -> Iterator[LocalStack]:
    """A stack whose functions have one good version, and whose alarms can be set."""
    deployed = deploy_like_make_local(emulator, "rollback", monitoring="essential").stack
    with deployed.retries("email", "audit", seconds=1, receives=_RECEIVES):
        yield deployed


class _Release:
    """Releases of a function of a stack, and the orders sent meanwhile."""

    def __init__(self, stack: LocalStack, package: str) -> None:
        self._stack = stack
        self.package = package
        self._name = stack.outputs["functionNames"][package]
        self._published = dict(stack.outputs["functionVersions"])
        self.aliases = Aliases(self.target)
        self._published |= {each.package: each.live for each in self.aliases.read()}
        self.good = self._published[package]

    def publish_bad_version(self) -> str:
        """Publish a version that fails, as `pulumi up` publishes a bad commit."""
        client = self._stack.client("lambda")
        client.update_function_code(FunctionName=self._name, ZipFile=_bad_bundle(self.package))
        client.get_waiter("function_updated_v2").wait(
            FunctionName=self._name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
        )
        version: str = client.publish_version(FunctionName=self._name)["Version"]
        client.get_waiter("function_active_v2").wait(
            FunctionName=self._name,
            Qualifier=version,
            WaiterConfig={"Delay": 0.05, "MaxAttempts": 600},
        )
        self._published[self.package] = version
        return version

    @property
    def target(self) -> Stack:
        """The stack with the outputs after that `pulumi up`."""
        outputs = {**self._stack.outputs, "functionVersions": self._published}
        return Stack(outputs=Outputs.model_validate(outputs), client=self._stack.client)

    def live(self) -> Function:
        """The function with its aliases."""
        return next(each for each in self.aliases.read() if each.package == self.package)

    def met(self, orders: Sequence[str]) -> dict[str, int]:
        """How often the bad version got each order; orders that it never got are left out."""
        group = f"/aws/lambda/{self._name}"
        pages = self._stack.client("logs").get_paginator("filter_log_events")
        lines = [
            event["message"]
            for page in pages.paginate(logGroupName=group)
            for event in page["events"]
            if event["message"].startswith("BAD VERSION")
        ]
        counts = {order: sum(order in line for line in lines) for order in orders}
        return {order: count for order, count in counts.items() if count}


def _bad_bundle(package: str) -> bytes:
    source, target = Bundler(with_dependencies=False).bundle(package), io.BytesIO()
    handler = f"handlers/{package}/handler.py"
    with zipfile.ZipFile(Path(source)) as good, zipfile.ZipFile(target, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content + _BAD.encode() if name == handler else content)
    return target.getvalue()


def _send(stack: LocalStack, count: int) -> dict[str, int]:
    """Send orders with IDs of their own; return the status of each response."""
    orders = {f"release-{uuid4()}": 0 for _ in range(count)}
    for order in orders:
        orders[order] = _send_again(stack, order)
    return orders


def _send_again(stack: LocalStack, order: str) -> int:
    return stack.post({**sample_order(), "orderId": order}, key=order).status_code


def _assert_each_has_one_email_and_one_record(stack: LocalStack, orders: Sequence[str]) -> None:
    for order in orders:
        stack.await_delivery(order)
    stack.await_earlier_orders()
    for order in orders:
        assert len(stack.emails(order)) == len(stack.audit_records(order)) == 1, order
    dead = {name: depth for name, depth in stack.queue_depths().items() if name.endswith("dead")}
    assert not any(dead.values())


@pytest.mark.thorough
@pytest.mark.parametrize("package", ["email", "relay", "orders"])
def test_no_order_is_lost_by_a_release_that_is_rolled_back(stack: LocalStack, package: str) -> None:
    """Orders before, during and after a bad release get one email and one audit record each."""
    release = _Release(stack, package)
    before = _send(stack, 3)
    for order in before:
        stack.await_delivery(order)

    record.begin(release.aliases)
    bad = release.publish_bad_version()
    release.aliases.point(release.live(), bad)  # without `canary`, Pulumi moves the alias
    assert record.complete_update(release.aliases, release.aliases.read())
    during = _send(stack, 4)
    eventually(lambda: len(release.met(list(during))) == len(during), "orders met the bad version")

    functions = release.aliases.read()
    rollback.run(release.aliases, functions, rollback.plan(release.aliases, functions))
    assert release.live().live == release.good
    after = _send(stack, 3)
    if package == "orders":
        # The clients got an error, nothing was stored, and they send the same again.
        assert set(during.values()) == {500}
        assert not any(stack.order(order) for order in during)
        during = {order: _send_again(stack, order) for order in during}
    assert set({**before, **during, **after}.values()) == {200}

    _assert_each_has_one_email_and_one_record(stack, [*before, *during, *after])
    met = release.met([*before, *during, *after])
    assert met.keys() == during.keys()
    print(  # noqa: T201 (the figure that the test is for)
        f"{package}: {len(met)} of {len(before) + len(during) + len(after)} orders met the bad "
        f"version, in {sum(met.values())} deliveries"
    )


def test_a_canary_exposes_a_part_of_the_orders(stack: LocalStack) -> None:
    """A canary that an alarm stops has exposed some deliveries, and no order is lost by it."""
    release = _Release(stack, "email")
    bad = release.publish_bad_version()
    target = release.target
    alarm = next(iter(Alarms(target).read().ok | Alarms(target).read().insufficient_data))
    orders: dict[str, int] = {}
    weights: set[float] = set()

    def during_bake(_: float) -> None:
        weights.add(release.live().weight)
        orders.update(_send(stack, 4))
        for order in orders:
            stack.await_delivery(order)
        if release.met(list(orders)):
            _set_alarm(stack, alarm, "ALARM")

    _set_alarm(stack, alarm, "OK")
    steps = canary.Steps(percentages=[50], bake_seconds=3600, sleep=during_bake)
    lines: list[str] = []
    run = canary.Canary(
        aliases=Aliases(target),
        alarms=Alarms(target),
        traffic=Traffic(target),
        steps=steps,
        report=lines.append,
    )
    with pytest.raises(canary.CanaryError, match=re.escape(alarm)):
        run.run()
    _set_alarm(stack, alarm, "OK")
    assert weights == {0.5}
    state = release.live()
    assert (state.live, state.candidate) == (release.good, None)
    assert state.record is not None
    assert state.record.rolled_back == bad

    after = _send(stack, 2)
    _assert_each_has_one_email_and_one_record(stack, [*orders, *after])
    met = release.met([*orders, *after])
    assert 0 < len(met) <= len(orders)
    assert not met.keys() & after.keys()
    print(  # noqa: T201 (the figure that the test is for)
        f"canary of email at 50 %: {len(met)} of {len(orders)} orders met the bad version, in "
        f"{sum(met.values())} deliveries"
    )


def _set_alarm(stack: LocalStack, name: str, state: str) -> None:
    stack.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=state, StateReason=json.dumps({"by": "a test"})
    )

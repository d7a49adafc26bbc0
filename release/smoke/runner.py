"""The smoke test of a deployed stack: one synthetic order, which is followed and removed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orderctl.cli_support import aws_error
from orderctl.erasure import erase_order
from release.smoke.api import CUSTOMER_ID, Api, SyntheticOrder, recipient
from release.smoke.model import REMOVED, RUNBOOK, SmokeTestError
from release.smoke.steps import SmokeTest
from tooling import standard_output
from tooling.signals import deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderctl.stack import Stack
    from release.smoke.model import SmokeOptions, Step


def run(
    target: Stack, options: SmokeOptions, report: Callable[[Step], None] = lambda _: None
) -> Sequence[Step]:
    """Send a synthetic order through a stack, report each step, and remove the order again.

    Raises:
        SmokeTestError: a step failed, or its time was up; the order is removed by then.
        UserError: the stack cannot be tested, such as without a token.
    """
    api = Api.of(target, options.credential)
    order = SyntheticOrder(
        recipient=recipient(target.outputs, options.recipient),
        has_token=target.outputs.auth == "jwt",
    )
    test = SmokeTest(target=target, options=options, report=report, api=api, order=order)
    try:
        test.follow()
    except SmokeTestError as error:
        raise error.followed_by(_after_failure(test)) from error
    except BaseException:
        standard_output.report(f"\n{_after_failure(test)}")
        raise
    if problem := _remove(test, markers=False):
        raise SmokeTestError(REMOVED, f"removed: {problem}. See {RUNBOOK[REMOVED]}.")
    return test.steps


def _after_failure(test: SmokeTest) -> str:
    """Remove the order, and return a sentence about it."""
    if test.order_id is None:
        return "If an order is stored all the same, it expires like any other."
    show = f"orderctl show {test.order_id}"
    if test.options.stack_option:
        show += f" {test.options.stack_option}"
    if test.options.keep:
        return f"The order stays: {show}"
    if problem := _remove(test, markers=True):
        return f"The order was not removed ({problem}): orderctl erase --customer {CUSTOMER_ID}"
    if test.may_be_stored_later:
        return f"It may be stored later, and expires then; with --keep it stays, for: {show}"
    return f"The order was removed; with --keep it stays, for: {show}"


def _remove(test: SmokeTest, *, markers: bool) -> str | None:
    """Remove what the order has left; return the reason if that failed.

    After a failed step, messages about the order may be delivered later. Markers in the place of
    its records let them store nothing and send nothing.
    """
    if test.order_id is None or test.options.keep:
        return None
    with deferred():
        try:
            result = erase_order(test.target, test.order_id, markers=markers)
        except (BotoCoreError, ClientError) as error:
            return aws_error(error)
    return result.problem or "; ".join(result.failed.values()) or None

"""Follows a synthetic order step by step, from the API to its email and its audit record."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from orderctl import sources, timeline
from orderctl.stack import local_key
from release.smoke.api import order_id_in, reason
from release.smoke.model import (
    ACCEPTED,
    EMAILED,
    FOLLOWS,
    REPLAYED,
    RUNBOOK,
    STORED,
    STOREFRONT,
    SmokeTestError,
    Step,
)
from tooling.errors import UserError
from tooling.signing import SignatureAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderctl.stack import Stack
    from orderctl.timeline import Timeline
    from release.smoke.api import Api, SyntheticOrder
    from release.smoke.model import SmokeOptions

# After these responses the request is sent again.
_RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

# The quota of FilterLogEvents is low, so the log is searched in one of so many rounds.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_ROUNDS_PER_SEARCH: Final = 5

_LOGS_FOR: Final = timedelta(hours=1)
_DONE: Final = frozenset({timeline.DONE, timeline.NOT_NEEDED})


@dataclass(kw_only=True)
class SmokeTest:
    """A running test: the steps that the order has passed, and its ID."""

    target: Stack
    options: SmokeOptions
    report: Callable[[Step], None]
    api: Api
    order: SyntheticOrder
    steps: list[Step] = field(default_factory=list)
    order_id: str | None = None
    """The order's ID; None until a request is sent, or, with a token, until it is accepted."""
    unanswered: bool = False
    """Whether a request was sent that the API has not responded to."""
    _start: float = field(default_factory=time.monotonic)

    @property
    def may_be_stored_later(self) -> bool:
        """Whether the API may still be storing the order, or it may wait in the order queue."""
        is_stored = STORED in {step.name for step in self.steps}
        return self.unanswered or (self.target.outputs.is_queued and not is_stored)

    def follow(self) -> None:
        """Send the order, and follow it to its email and its audit record.

        Raises:
            SmokeTestError: a step failed, or its time was up.
        """
        self._accept()
        # A queued order is stored later: its response cannot say whether it is a replay, and its
        # second message could store the order again after it was removed.
        if not self.target.outputs.is_queued:
            self._replay()
        self._await_steps()
        if self.target.outputs.storefront_url:
            self._check_storefront(self.target.outputs.storefront_url)

    def _accept(self) -> None:
        """Send the order, again while the API cannot take it, until the time is up."""
        self._start = time.monotonic()
        self.order_id = self.order.order_id
        while (problem := self._send_once()) is not None:
            if time.monotonic() - self._start > self.options.timeout_seconds:
                raise _failure(ACCEPTED, problem)
            time.sleep(self.options.poll_seconds)

    def _send_once(self) -> str | None:
        """Send the order; return the reason if another attempt may be accepted."""
        self.unanswered = True
        try:
            response = self.api.send(self.order)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            self.unanswered = False
            # Right after its creation a domain's name may not be known.
            return f"the API could not be reached ({type(error).__name__})"
        except httpx.HTTPError as error:
            raise _failure(
                ACCEPTED, f"no response from the API ({type(error).__name__})"
            ) from error
        self.unanswered = False
        if not response.is_success:
            problem = f"the API responded with {reason(response)}"
            if response.status_code in _RETRIED:
                return problem
            raise _failure(ACCEPTED, problem)
        order_id = order_id_in(response)
        if order_id is None:
            raise _failure(ACCEPTED, f"{self.api.url} responded without an orderId")
        if not self._is_own(order_id):
            raise _failure(ACCEPTED, "the API responded with the orderId of another order")
        self.order_id = order_id
        self._pass(ACCEPTED, f"{response.status_code}, order {order_id}")
        return None

    def _is_own(self, order_id: str) -> bool:
        """Whether an ID is that of the synthetic order: no other order may be removed."""
        if self.order.order_id is not None:
            return order_id == self.order.order_id
        stored = sources.read_records(self.target, order_id).order
        return stored is None or stored.get("notes") == self.order.notes

    def _replay(self) -> None:
        """Send the same request again: the same order is returned, and nothing is stored."""
        try:
            response = self.api.send(self.order)
        except httpx.HTTPError as error:
            raise _failure(
                REPLAYED, f"no response from the API ({type(error).__name__})"
            ) from error
        if not response.is_success:
            raise _failure(REPLAYED, f"the API responded with {reason(response)}")
        is_same = order_id_in(response) == self.order_id
        if not is_same or response.headers.get("Idempotent-Replayed") != "true":
            raise _failure(REPLAYED, "the repeated request was accepted as a new order")
        self._pass(REPLAYED)

    def _await_steps(self) -> None:
        """Read the tables until every step is done."""
        done, rounds = {ACCEPTED: time.monotonic()}, 0
        while missing := FOLLOWS.keys() - done.keys():
            states = self._states(search_log=rounds % _ROUNDS_PER_SEARCH == 1)
            for step in (name for name in FOLLOWS if name in missing and FOLLOWS[name] in done):
                if self._is_done(step, states.get(step), since=done[FOLLOWS[step]]):
                    done[step] = time.monotonic()
                    self._pass(step)
            rounds += 1
            if missing - done.keys():
                time.sleep(self.options.poll_seconds)

    def _states(self, *, search_log: bool) -> Mapping[str, timeline.Step]:
        """Return the state of each step by its record.

        While no consumer has a record of the event, the relay's log shows that it is published.
        """
        found = sources.read_records(self.target, str(self.order_id))
        is_unseen = found.audit_record is None and found.idempotency_record is None
        if search_log and is_unseen and found.order is not None:
            sources.search_relay_log(self.target, found)
        return _by_name(timeline.build_timeline(found))

    def _is_done(self, name: str, step: timeline.Step | None, *, since: float) -> bool:
        """Whether a step is done.

        Raises:
            SmokeTestError: it will not be, or its time is up.
        """
        if step is not None and step.state in _DONE:
            if name != EMAILED or self._is_in_mailbox():
                return True
        elif step is not None and step.state == timeline.NOT_SENT:
            raise _failure(name, step.detail, self._timeline())
        if time.monotonic() - since <= self.options.timeout_seconds:
            return False
        raise self._late(name)

    def _is_in_mailbox(self) -> bool:
        """Whether the email is in the mailbox, which only the embedded AWS has."""
        outputs = self.target.outputs
        if outputs.aws_endpoint_url is None or outputs.email_transport != "ses":
            return True
        url = f"{outputs.aws_endpoint_url.rstrip('/')}/_ministack/ses/messages"
        accounts = self.api.get(url, SignatureAuth(local_key(outputs))).json()["messages"].values()
        return any(str(self.order_id) in email["Subject"] for each in accounts for email in each)

    def _late(self, name: str) -> SmokeTestError:
        """Return the error about a step whose time is up, with its state by logs and queues."""
        order = self._timeline()
        step = _by_name(order).get(name)
        found = [] if step is None else [step.state, step.detail]
        if step is not None and step.last_error:
            found.append(f"last error: {step.last_error}")
        late = f"not within {self.options.timeout_seconds:g} s after the order was {FOLLOWS[name]}"
        return _failure(name, "; ".join([late, *filter(None, found)]), order)

    def _timeline(self) -> Timeline | None:
        """Return what `orderctl show` shows; None where it cannot be read."""
        with suppress(UserError, BotoCoreError, ClientError):
            return timeline.build_timeline(
                sources.gather(self.target, str(self.order_id), logs_for=_LOGS_FOR)
            )
        return None

    def _check_storefront(self, url: str) -> None:
        start = time.monotonic()
        while (problem := self._storefront_problem(url)) is not None:
            if time.monotonic() - start > self.options.storefront_seconds:
                raise _failure(STOREFRONT, problem)
            time.sleep(self.options.poll_seconds)
        self._pass(STOREFRONT)

    def _storefront_problem(self, url: str) -> str | None:
        try:
            response = self.api.get(url)
        except httpx.HTTPError as error:
            return f"no response from {url} ({type(error).__name__})"
        if not response.is_success:
            return f"{url} responded with {response.status_code}"
        if "content-security-policy" not in response.headers:
            return f"{url} responded without a Content-Security-Policy"
        return None

    def _pass(self, name: str, detail: str = "") -> None:
        step = Step(name=name, seconds=time.monotonic() - self._start, detail=detail)
        self.steps.append(step)
        self.report(step)


def _by_name(order: Timeline | None) -> Mapping[str, timeline.Step]:
    return {} if order is None else {step.step: step for step in order.steps}


def _failure(step: str, problem: str, order: Timeline | None = None) -> SmokeTestError:
    return SmokeTestError(step, f"{step}: {problem}. See {RUNBOOK[step]}.", order)

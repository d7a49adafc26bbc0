"""Interruptions: after every call that changes something, a release ends whole or not at all."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from release.versions import record
from release.versions.canary import CanaryError
from tests.release.support.account import STEPS
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.release.support.account import Account

_OLD = {"audit": "1", "email": "1", "relay": "1"}
_NEW = {"audit": "1", "email": "2", "relay": "2"}
# More than any operation here writes.
_MOST = 30


def _published(account: Account) -> None:
    """New versions of two functions, and little time for each step."""
    account.reset()
    account.steps = {"steps": list(STEPS), "bakeMinutes": 10 / 60}
    account.up("email", "relay")


def _interruptions(account: Account, action: Callable[[], object]) -> Iterator[int]:
    """Interrupt an action after each of its writes, every time with a new account."""
    for writes in range(1, _MOST):
        _published(account)
        if not account.killed(action, writes):
            return
        yield writes
    pytest.fail("it never ended")


def test_a_canary_continues_where_it_was_interrupted(account: Account) -> None:
    """A canary that is interrupted after any call ends with the new versions at the next run."""
    for _ in _interruptions(account, lambda: account.canary().run()):
        account.canary().run()
        assert account.live() == _NEW
    assert account.live() == _NEW


def test_an_interrupted_canary_is_rolled_back(account: Account) -> None:
    """A rollback after any call of a canary returns all functions, and only once."""
    for _ in _interruptions(account, lambda: account.canary().run()):
        account.roll_back()
        assert account.live() == _OLD
        account.roll_back()
        assert account.live() == _OLD


@pytest.mark.thorough
def test_an_alarm_after_an_interruption(account: Account) -> None:
    """A canary that continues while an alarm is in ALARM ends with the old versions."""
    for writes in _interruptions(account, lambda: account.canary().run()):
        account.set_alarm("ALARM")
        complete = account.live() == _NEW
        if complete:
            account.canary().run()
        else:
            with pytest.raises(UserError):
                account.canary().run()
        assert account.live() == (_NEW if complete else _OLD), writes


def _alarmed(account: Account) -> None:
    """A canary that an alarm rolls back in its second step."""
    account.set_alarm("OK")
    account.time = 0
    account.during_bake(lambda time: account.set_alarm("ALARM") if time > 10 else None)
    account.canary().run()


@pytest.mark.thorough
def test_an_interrupted_automatic_rollback(account: Account) -> None:
    """A rollback because of an alarm, interrupted after any call, is completed by a rollback."""
    for _ in _interruptions(account, lambda: _alarmed(account)):
        account.during_bake(lambda _: None)
        account.roll_back()
        assert account.live() == _OLD


def _half_released(account: Account) -> None:
    account.killed(lambda: account.canary().run(), 8)
    assert "with 50 %" in account.live()["relay"]


def _released(account: Account) -> None:
    account.canary().run()


def _updated(account: Account) -> None:
    """The release of a stack without `canary`."""
    _begin_and_move(account)
    record.complete_update(account.aliases, account.aliases.read())


def _begin_and_move(account: Account) -> None:
    """The release of a stack without `canary`, whose record was not completed."""
    record.begin(account.aliases)
    for function in account.aliases.read():
        if function.published != function.live:
            account.aliases.point(function, str(function.published))


@pytest.mark.parametrize(
    "before",
    [
        _half_released,
        *(
            pytest.param(before, marks=pytest.mark.thorough)
            for before in (_released, _updated, _begin_and_move)
        ),
    ],
)
def test_a_rollback_continues_where_it_was_interrupted(
    account: Account, before: Callable[[Account], None]
) -> None:
    """A rollback that is interrupted after any call is completed by the next."""
    for writes in range(1, _MOST):
        _published(account)
        before(account)
        more = account.killed(account.roll_back, writes)
        account.roll_back()
        assert account.live() == _OLD, writes
        if not more:
            return


@pytest.mark.thorough
@pytest.mark.parametrize("before", [_half_released, _released])
def test_no_canary_continues_what_is_rolled_back(
    account: Account, before: Callable[[Account], None]
) -> None:
    """A canary after an interrupted rollback is refused with what to do, and changes nothing."""
    for writes in range(1, _MOST):
        _published(account)
        before(account)
        more = account.killed(account.roll_back, writes)
        interrupted = account.live()
        if interrupted != _NEW:
            with pytest.raises(UserError, match=r"rolled back|release rollback"):
                account.canary().run()
        assert account.live() == interrupted
        if not more:
            assert interrupted == _OLD
            return


def test_an_update_completes_its_record(account: Account) -> None:
    """A release by Pulumi, interrupted after any call, is rolled back as a whole, and alone."""
    for writes in range(1, _MOST):
        account.reset()
        record.begin(account.aliases)
        account.up("audit", moves=True)
        record.complete_update(account.aliases, account.aliases.read())
        account.up("email", "relay")
        more = account.killed(lambda: _updated(account), writes)
        if account.live() == {**_NEW, "audit": "2"}:
            record.complete_update(account.aliases, account.aliases.read())
            account.roll_back()
            assert account.live() == {**_OLD, "audit": "2"}, writes
        if not more:
            return


@pytest.mark.thorough
def test_two_interruptions(account: Account) -> None:
    """A canary that is interrupted twice, after any calls, continues or is rolled back as well."""
    for first, second, back in itertools.product(range(1, 12), range(1, 10), (True, False)):
        _published(account)
        account.killed(lambda: account.canary().run(), first)
        account.killed(account.roll_back if back else lambda: account.canary().run(), second)
        if back:
            account.roll_back()
            assert account.live() == _OLD, (first, second)
        else:
            account.canary().run()
            assert account.live() == _NEW, (first, second)


def test_the_error_is_one_sentence_or_two(account: Account) -> None:
    """The error of a rolled back canary names the alarm, on one line."""
    account.up("email")
    with pytest.raises(CanaryError) as error:
        _alarmed(account)
    assert "\n" not in str(error.value)

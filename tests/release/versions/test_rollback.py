"""Rollback: to the versions that were live before the last release, and to no other ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release.versions import record, rollback
from release.versions.aliases import Record
from release.versions.canary import CanaryError
from tooling.errors import UserError

if TYPE_CHECKING:
    from release.versions.aliases import Function
    from tests.release.support.account import Account


def _release(account: Account, *packages: str) -> None:
    """A deployment without `canary`: Pulumi moves the aliases."""
    record.begin(account.aliases)
    account.up(*packages, moves=True)
    record.complete_update(account.aliases, account.aliases.read())


def test_only_released_functions_return(account: Account) -> None:
    """A rollback returns the functions of the last release, and leaves the others alone."""
    _release(account, "email", "relay")
    _release(account, "relay", "audit")
    account.roll_back()
    assert account.live() == {"audit": "1", "email": "2", "relay": "2"}


def test_a_rolled_back_version_is_skipped(account: Account) -> None:
    """The version before is the one that was live, not one that was rolled back."""
    _release(account, "email")
    account.roll_back()
    _release(account, "email")
    assert account.live()["email"] == "3"
    account.roll_back()
    assert account.live()["email"] == "1"


def test_a_version_that_came_back_is_skipped_too(account: Account) -> None:
    """A rollback never returns to a version that was rolled back, not even if it was live again."""
    _release(account, "email")
    account.roll_back()
    function = next(each for each in account.aliases.read() if each.package == "email")
    account.aliases.point(function, "2")
    _release(account, "email")
    account.roll_back()
    assert account.live()["email"] == "1"


def test_a_second_rollback_changes_nothing(account: Account) -> None:
    """One rollback is one release back; the second one has nothing to do."""
    _release(account, "email")
    _release(account, "email")
    account.roll_back()
    account.calls.clear()
    account.roll_back()
    assert account.live()["email"] == "2"
    assert not account.writes


def test_a_deployment_without_changes_keeps_the_record(account: Account) -> None:
    """After a deployment that changed no function, a rollback undoes the release before it."""
    _release(account, "email")
    _release(account)
    account.roll_back()
    assert account.live()["email"] == "1"


def test_a_deployment_that_failed_early_blocks_no_rollback(account: Account) -> None:
    """After a deployment whose record was taken back, a rollback undoes the release before it."""
    _release(account, "email")
    record.abandon(account.aliases, record.begin(account.aliases))
    account.roll_back()
    assert account.live()["email"] == "1"


def test_an_interrupted_deployment_is_undone_alone(account: Account) -> None:
    """A rollback of a deployment that ended within `pulumi up` returns what that has moved."""
    _release(account, "email", "relay")
    record.begin(account.aliases)
    account.up("email", moves=True)
    account.roll_back()
    assert account.live() == {"audit": "1", "email": "2", "relay": "2"}
    rolled_back = [each.package for each in account.aliases.read() if _rolled_back(each)]
    assert rolled_back == ["email"]


def _rolled_back(function: Function) -> str | None:
    return function.record.rolled_back if function.record else None


def test_an_unrecorded_release_is_not_guessed(account: Account) -> None:
    """After `pulumi up` without a record nothing is changed, and the sentence names the option."""
    account.up("email", "relay", moves=True)
    with pytest.raises(UserError, match="rollback --to email=VERSION; its last versions are 1, 2"):
        account.roll_back()
    _release(account, "email")
    account.up("email", moves=True)
    with pytest.raises(UserError, match="before 4 is not recorded"):
        account.roll_back()
    assert account.live() == {"audit": "1", "email": "4", "relay": "2"}


def test_an_unknown_version_does_not_stop_a_canarys_rollback(account: Account) -> None:
    """While a canary is in progress, a function without a record is left as it is."""
    account.up("relay", moves=True)
    account.up("email")
    account.killed(lambda: account.canary().run(), 4)
    account.awslambda.delete_alias(FunctionName="shop-prod-relay", Name="previous")
    account.set_alarm("ALARM")
    with pytest.raises(CanaryError):
        account.canary().run()
    assert account.live() == {"audit": "1", "email": "1", "relay": "2"}


def _to(account: Account, **versions: str) -> None:
    functions = account.aliases.read()
    moves = rollback.plan_to(account.aliases, functions, versions)
    rollback.run(account.aliases, functions, moves)


def test_a_named_version(account: Account) -> None:
    """With names, only these functions return, also where nothing is recorded, and only once."""
    account.up("email", "relay", moves=True)
    account.up("email", moves=True)
    _to(account, email="1")
    assert account.live() == {"audit": "1", "email": "1", "relay": "2"}
    account.calls.clear()
    _to(account, email="1")
    assert not account.writes


@pytest.mark.parametrize(
    ("package", "version", "sentence"),
    [
        ("orders", "1", "Unknown function 'orders'; must be one of: audit, email, relay"),
        ("email", "9", "has no version '9'; its versions are 1, 2"),
        ("email", "2", "was rolled back"),
    ],
)
def test_a_wrong_name(account: Account, package: str, version: str, sentence: str) -> None:
    """Unknown functions and versions, and those that were rolled back, are refused."""
    _release(account, "email")
    account.roll_back()
    with pytest.raises(UserError, match=sentence) as error:
        _to(account, **{package: version})
    assert error.value.exit_code == 2
    assert account.live()["email"] == "1"


def test_no_record_during_a_canary(account: Account) -> None:
    """A deployment does not begin while a canary is in progress."""
    account.up("email")
    account.killed(lambda: account.canary().run(), 4)
    with pytest.raises(UserError, match="A canary is in progress: email 1 with 10 % for 2"):
        record.begin(account.aliases)


def test_another_process_is_noticed(account: Account) -> None:
    """A release stops where somebody else has changed an alias since it was read."""
    account.up("email")
    with account.revisions():
        function = next(each for each in account.aliases.read() if each.package == "email")
        moved = account.aliases.point(function, "2")
        with pytest.raises(UserError, match="changed by somebody else"):
            account.aliases.point(function, "1", candidate="2", weight=0.1)
        account.aliases.point(moved, "1")
    assert account.live()["email"] == "1"


def test_a_lost_response_is_no_other_process(account: Account) -> None:
    """A write that is repeated, because its response was lost, is not taken for somebody else's."""
    account.up("email")
    with account.revisions():
        function = next(each for each in account.aliases.read() if each.package == "email")
        account.aliases.point(function, "1", candidate="2", weight=0.1)
        again = account.aliases.point(function, "1", candidate="2", weight=0.1)
        account.aliases.point(again, "2")
    assert account.live()["email"] == "2"


@pytest.mark.parametrize(
    "recorded",
    [
        Record(previous="3"),
        Record(previous="3", replaced_by="4", pending="4", rolled_back="5"),
        Record(previous="3", rolled_back="5"),
    ],
)
def test_a_record_is_read_as_it_was_written(recorded: Record) -> None:
    """A record survives its form as an alias's description, which fits."""
    assert Record.parse("3", recorded.description) == recorded
    assert len(recorded.description) <= 256


def test_a_description_of_others_is_no_record() -> None:
    """A description that somebody has changed by hand loses what it no longer says."""
    assert Record.parse("3", "by hand; rolled back: 5") == Record(previous="3", rolled_back="5")

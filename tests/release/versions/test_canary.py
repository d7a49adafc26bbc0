"""Canary: weights step by step, judged by the alarms, until the new versions have everything."""

from __future__ import annotations

import pytest

from release.versions import record
from release.versions.canary import CanaryError
from tests.release.support.account import BAKE_SECONDS, STEPS, Account, Killed
from tooling.errors import UserError

_OLD = {"audit": "1", "email": "1", "relay": "1"}
_NEW = {"audit": "1", "email": "2", "relay": "2"}


def test_each_step_is_a_weight_and_a_time(account: Account) -> None:
    """Changed functions get each step's weight for its time, and then everything."""
    account.up("email", "relay")
    seen: dict[float, dict[str, str]] = {}
    account.during_bake(lambda time: seen.setdefault(time, account.live()))
    assert account.canary().run()
    assert account.live() == _NEW
    weights = [(time, live["email"], live["relay"]) for time, live in seen.items()]
    halfway = len(weights) // 2
    assert {each[1:] for each in weights[:halfway]} == {("1 with 10 % for 2",) * 2}
    assert {each[1:] for each in weights[halfway:]} == {("1 with 50 % for 2",) * 2}
    assert account.time == len(STEPS) * BAKE_SECONDS
    assert {live["audit"] for live in seen.values()} == {"1"}


def test_nothing_to_release(account: Account) -> None:
    """Where every published version is live, nothing is changed."""
    assert not account.canary().run()
    assert not account.writes


def test_without_data_is_no_failure(account: Account) -> None:
    """An alarm in INSUFFICIENT_DATA stops nothing, and the number of invocations is reported."""
    account.up("email")
    account.set_alarm("INSUFFICIENT_DATA")
    assert account.canary().run()
    assert account.live()["email"] == "2"
    assert any("email 2: no invocations" in line for line in account.lines)


@pytest.mark.parametrize("at", [0, 10, BAKE_SECONDS, BAKE_SECONDS + 10, 2 * BAKE_SECONDS])
def test_an_alarm_rolls_back_at_any_time(account: Account, at: float) -> None:
    """An alarm in any step, from its beginning to its end, returns all to the old versions."""
    account.up("email", "relay")
    account.during_bake(lambda time: account.set_alarm("ALARM") if time >= at else None)
    with pytest.raises(CanaryError, match="shop-prod-email-errors"):
        account.canary().run()
    assert account.live() == _OLD
    assert max(at, 10) == account.time


def test_warnings_judge_as_well(account: Account) -> None:
    """An alarm that notifies of a warning stops a canary, too."""
    account.up("email")
    account.during_bake(lambda _: account.set_alarm("ALARM", "shop-prod-volume"))
    with pytest.raises(CanaryError, match="shop-prod-volume"):
        account.canary().run()


def test_alarms_of_others_do_not_judge(account: Account) -> None:
    """Alarms of other stacks stop nothing, even where a topic's name begins like the stack's."""
    account.up("email")
    account.add_alarm("other", f"{account.topics['alerts']}-of-others")
    account.set_alarm("ALARM", "other")
    assert account.canary().run()


def test_a_stack_without_alarms_is_refused(account: Account) -> None:
    """Without any alarm that could judge, no version gets traffic."""
    account.up("email")
    account.topics = {}
    with pytest.raises(UserError, match="no alarms"):
        account.canary().run()
    assert account.live() == _OLD


def test_an_alarm_before_the_start_refuses(account: Account) -> None:
    """With an alarm in ALARM before the first step nothing is changed, and the sentence says so."""
    account.up("email")
    record.begin(account.aliases)
    account.set_alarm("ALARM")
    with pytest.raises(UserError, match="--ignore-firing") as error:
        account.canary().run()
    assert "shop-prod-email-errors" in str(error.value)
    assert account.live() == _OLD
    assert all(each.record and not each.record.pending for each in account.aliases.read())


def test_a_fix_is_released_although_an_alarm_fires(account: Account) -> None:
    """An alarm that fired before does not judge with `ignore_firing`; another one does."""
    account.up("email")
    account.set_alarm("ALARM")
    assert account.canary(ignore_firing=True).run()
    account.up("email")
    account.during_bake(lambda _: account.set_alarm("ALARM", "shop-prod-volume"))
    with pytest.raises(CanaryError, match="because of shop-prod-volume"):
        account.canary(ignore_firing=True).run()


def test_an_ignored_alarm_judges_after_it_was_ok(account: Account) -> None:
    """An ignored alarm that returns to OK and fires again rolls back."""
    account.up("email")
    account.set_alarm("ALARM")
    states = {10.0: "OK", 20.0: "ALARM"}
    account.during_bake(lambda time: account.set_alarm(states[time]) if time in states else None)
    with pytest.raises(CanaryError):
        account.canary(ignore_firing=True).run()
    assert account.time == 20


def test_a_rolled_back_version_is_not_released_again(account: Account) -> None:
    """The same versions are refused after a rollback, until one is new or `retry` is said."""
    account.up("email", "relay")
    account.during_bake(lambda _: account.set_alarm("ALARM"))
    with pytest.raises(CanaryError):
        account.canary().run()
    account.set_alarm("OK")
    account.during_bake(lambda _: None)
    with pytest.raises(UserError, match=r"email 2, relay 2 was rolled back.*release canary --r"):
        account.canary().run()
    assert account.live() == _OLD
    account.up("email")
    assert account.canary().run()
    assert account.live() == {"audit": "1", "email": "3", "relay": "2"}


def test_retry_releases_it_again(account: Account) -> None:
    """With `retry`, versions that were rolled back are released."""
    account.up("email")
    account.during_bake(lambda _: account.set_alarm("ALARM"))
    with pytest.raises(CanaryError):
        account.canary().run()
    account.set_alarm("OK")
    account.during_bake(lambda _: None)
    assert account.canary(retry=True).run()
    assert account.live()["email"] == "2"


def test_versions_published_during_a_canary_are_refused(account: Account) -> None:
    """A canary that was interrupted does not continue with other versions than it began with."""
    account.up("email")
    account.kill_after(4)
    with pytest.raises(Killed):
        account.canary().run()
    account.survive()
    account.up("email")
    before = account.live()
    assert before["email"] == "1 with 10 % for 2"
    with pytest.raises(UserError, match="canary of version 2, and version 3 is published"):
        account.canary().run()
    assert account.live() == before


def test_steps_that_have_changed_continue_upwards(account: Account) -> None:
    """A canary continues at the first configured step that is not below the weight it finds."""
    account.up("email")
    function = next(each for each in account.aliases.read() if each.package == "email")
    account.aliases.point(function, "1", candidate="2", weight=0.2)
    seen = []
    account.during_bake(lambda _: seen.append(account.live()["email"]))
    assert account.canary().run()
    assert set(seen) == {"1 with 50 % for 2"}


def test_outputs_without_versions_are_refused(account: Account) -> None:
    """A stack whose outputs do not name the published versions has to be deployed first."""
    account._published = {}  # noqa: SLF001 (outputs of an older program)
    with pytest.raises(UserError, match="run `pulumi up` first"):
        account.canary().run()

"""When staff confirm, what cancelling and reminding do, and what the platform holds back."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.simulator.clock import instant
from infra.simulator.quota import Quota
from infra.simulator.settings import OFF, Shares
from infra.simulator.staff import confirm_at
from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Trial, a_crowd, a_person

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER = replace(OFF, never=1.0)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def delays(shares: Shares, *, local_hour: int, count: int = 2000) -> list[timedelta | None]:
    made = datetime(2026, 3, 2, local_hour, tzinfo=SHANGHAI)
    instants = (confirm_at(made, shares=shares, seed=11, recipient=f"wm{n}", text="t") for n in range(count))
    return [None if at is None else at - made for at in instants]


def test_staff_confirm_soon_or_late_or_never_in_their_shares() -> None:
    found = delays(Shares(), local_hour=9)

    never = found.count(None)
    late = [delay for delay in found if delay and delay >= 3 * HOUR]
    soon = [delay for delay in found if delay and delay <= 90 * MINUTE]
    assert never + len(late) + len(soon) == 2000
    assert 70 < never < 130
    assert 160 < len(late) < 240
    assert min(soon) >= 5 * MINUTE
    assert max(late) <= 9 * HOUR


@pytest.mark.parametrize("local_hour", range(24))
def test_staff_confirm_only_in_working_hours_after_the_task_was_made(local_hour: int) -> None:
    made = datetime(2026, 3, 2, local_hour, tzinfo=SHANGHAI)

    for delay in delays(Shares(), local_hour=local_hour, count=300):
        if delay is not None:
            assert delay >= 5 * MINUTE or local_hour < 8
            assert delay > timedelta(0)
            assert time(8) <= (made + delay).astimezone(SHANGHAI).time() < time(21)


def test_a_task_of_the_evening_is_confirmed_on_the_next_morning(provider: Trial) -> None:
    provider.at("2026-03-02T12:58:00Z")
    msgid = provider.create("wmli")["msgid"]

    provider.at("2026-03-02T23:59:59Z")
    at_night = provider.results(msgid)
    provider.at("2026-03-03T00:45:00Z")
    in_the_morning = provider.results(msgid)

    assert (at_night, in_the_morning) == ({"wmli": 0}, {"wmli": 1})
    assert provider.entries("message_sent")[0]["local_day"] == "2026-03-03"


def test_a_message_has_the_instant_of_confirmation_however_late_it_is_noticed(start: Start) -> None:
    often, once = start(), start()
    often.create("wmli")
    once.create("wmli")

    for _ in range(90):
        often.after(MINUTE)
        often.admin("health")
    once.after(9 * DAY)
    once.admin("health")

    assert often.entries("message_sent") == once.entries("message_sent")


def test_a_task_that_nobody_confirms_stays_open(start: Start) -> None:
    provider = start(shares=NEVER)
    msgid = provider.create("wmli")["msgid"]

    provider.after(60 * DAY)

    assert provider.results(msgid) == {"wmli": 0}
    assert provider.admin("summary")["open_tasks"] == 1


def test_after_a_cancel_nothing_is_sent(provider: Trial) -> None:
    msgid = provider.create("wmli")["msgid"]

    answers = [provider.call("cancel_groupmsg_send", {"msgid": msgid})["errcode"] for _ in range(2)]
    provider.after(9 * DAY)

    assert answers == [0, 0]
    assert provider.results(msgid) == {"wmli": 0}
    assert len(provider.entries("cancelled")) == 1


def test_a_confirmed_task_cannot_be_cancelled(provider: Trial) -> None:
    msgid = provider.create("wmli")["msgid"]
    provider.after(2 * HOUR)

    answer = provider.call("cancel_groupmsg_send", {"msgid": msgid})

    assert answer["errcode"] == 40058
    assert provider.results(msgid) == {"wmli": 1}


@pytest.mark.parametrize(
    ("shares", "cancelled"), [(replace(NEVER, lost_after=1), 1), (replace(NEVER, lost_before=1), 0)]
)
def test_a_cancel_whose_answer_is_lost_may_have_happened_or_not(start: Start, shares: Shares, cancelled: int) -> None:
    provider = start(shares=shares)
    msgid = provider.insist("wmli")

    with pytest.raises(ConnectionError):
        provider.call("cancel_groupmsg_send", {"msgid": msgid})

    assert len(provider.entries("cancelled")) == cancelled
    assert provider.call("cancel_groupmsg_send", {"msgid": msgid})["errcode"] == 0
    assert len(provider.entries("cancelled")) == 1


def test_a_member_is_reminded_three_times_a_day_at_most(start: Start) -> None:
    provider = start(shares=NEVER)
    msgid = provider.create("wmli")["msgid"]

    today = [provider.call("remind_groupmsg_send", {"msgid": msgid})["errcode"] for _ in range(4)]
    provider.after(DAY)
    tomorrow = provider.call("remind_groupmsg_send", {"msgid": msgid})["errcode"]

    assert (today, tomorrow) == ([0, 0, 0, 45009], 0)


def test_nobody_is_reminded_of_a_task_that_has_ended(provider: Trial) -> None:
    msgid = provider.create("wmli")["msgid"]
    provider.call("cancel_groupmsg_send", {"msgid": msgid})

    assert provider.call("remind_groupmsg_send", {"msgid": msgid})["errcode"] == 40058


def test_who_is_no_friend_gets_nothing(start: Start) -> None:
    provider = start([*a_person("Li", "wmli"), *a_person("Ex", "wmex", friend=False)])
    msgid = provider.create("wmli", "wmex")["msgid"]

    provider.after(DAY)

    assert provider.results(msgid) == {"wmli": 1, "wmex": 2}
    assert [entry["reason"] for entry in provider.entries("not_sent")] == ["not_friend"]


def test_a_small_share_of_recipients_is_out_of_reach(start: Start) -> None:
    provider = start(a_crowd(2000), shares=replace(OFF, not_friend=0.02, other_broadcast=0.01))

    provider.create()
    provider.after(DAY)
    provider.admin("health")

    reasons = Counter(entry["reason"] for entry in provider.entries("message_sent", "not_sent"))
    assert 20 < reasons["not_friend"] < 60
    assert 8 < reasons["other_broadcast"] < 35
    assert reasons.total() == 2000


@pytest.mark.parametrize(
    ("quota", "a_day", "days", "received"),
    [
        (Quota.DAY, 2, 3, 3),
        (Quota.WEEK, 2, 8, 9),  # Monday to Monday: seven, then two of the new week
        (Quota.MONTH, 2, 20, 31),  # 2 to 21 March
        (Quota.OFF, 2, 20, 40),
    ],
)
def test_the_platform_holds_back_what_is_over_its_quota(
    start: Start, quota: Quota, a_day: int, days: int, received: int
) -> None:
    provider = start(quota=quota)

    for day in range(days):
        for n in range(a_day):
            provider.create("wmli", link=f"https://o.example/{day}/{n}")
        provider.after(DAY)
    provider.admin("health")

    assert len(provider.entries("message_sent")) == received
    assert {entry["status"] for entry in provider.entries("not_sent")} <= {3}


def test_the_month_of_the_quota_turns_at_midnight_in_shanghai(start: Start) -> None:
    provider = start(shares=OFF, quota=Quota.DAY)
    provider.at("2026-03-31T10:00:00Z")
    provider.create("wmli", link="https://o.example/1")
    provider.at("2026-03-31T23:00:00Z")
    provider.create("wmli", link="https://o.example/2")
    provider.at("2026-04-01T04:00:00Z")
    provider.admin("health")

    days = [instant(entry["at"]).astimezone(UTC).day for entry in provider.entries("message_sent")]
    assert days == [31, 1]

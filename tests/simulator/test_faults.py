"""Troubles on the wire: what they look like, and that order and time do not change them."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.simulator.faults import CallFault, call_fault
from infra.simulator.settings import OFF, Shares, shares_from
from tests.simulator.conftest import Start
from tests.simulator.trial import DAY, Json, Trial, a_crowd, an_order

MANY = replace(Shares(), busy=0.1, rate=0.1, http_500=0.1, slow=0.1, lost_before=0.1, lost_after=0.1)


def outcome(provider: Trial, order: Json) -> str:
    target = f"/cgi-bin/externalcontact/add_msg_template?access_token={provider.token()}"
    try:
        status, answer = provider.send("POST", target, order)
    except ConnectionError:
        return "dropped"
    return f"{status} {answer.decode()}"


def orders(size: int) -> list[Json]:
    return [an_order(f"wm{n:04}", text=f"第{n % 7}条", link=f"https://o.example/t/{n}") for n in range(size)]


def test_a_fault_comes_in_its_share() -> None:
    drawn = [call_fault(Shares(), 11, recipient=f"wm{n}", text="t") for n in range(20_000)]

    assert 0.05 < sum(fault is not None for fault in drawn) / len(drawn) < 0.07
    for fault in CallFault:
        assert getattr(Shares(), fault) / 2 < drawn.count(fault) / len(drawn) < getattr(Shares(), fault) * 2


def test_another_seed_has_other_faults() -> None:
    of_seed = [[call_fault(MANY, seed, recipient=f"wm{n}", text="t") for n in range(50)] for seed in (11, 12)]

    assert of_seed[0] != of_seed[1]


def test_a_task_meets_its_fault_in_whatever_order_and_company_it_comes(start: Start) -> None:
    waiting = orders(60)
    first, second = start(a_crowd(60), shares=MANY), start(a_crowd(60), shares=MANY)

    in_order = {str(order): outcome(first, order) for order in waiting}
    second.after(timedelta(days=3))
    random.Random(5).shuffle(waiting)
    with ThreadPoolExecutor(20) as pool:
        shuffled = dict(zip(map(str, waiting), pool.map(lambda order: outcome(second, order), waiting), strict=True))

    assert in_order == shuffled
    assert len({fault["fault"] for fault in first.entries("fault")}) == 6


def test_the_same_run_in_another_order_ends_in_the_same_messages(start: Start) -> None:
    ends = []

    for seed in (1, 2):
        provider = start(a_crowd(40), shares=MANY, quota="month")
        waiting = orders(40)
        random.Random(seed).shuffle(waiting)
        for order in waiting:
            outcome(provider, order)
        provider.after(9 * DAY)
        provider.admin("health")
        ends.append(sorted(str(entry) for entry in provider.entries("message_sent", "not_sent")))

    assert ends[0] == ends[1]


@pytest.mark.parametrize(("name", "errcode"), [("busy", -1), ("rate", 45009)])
def test_a_busy_or_hurried_provider_says_so_once_and_makes_nothing(start: Start, name: str, errcode: int) -> None:
    provider = start(shares=replace(OFF, **{name: 1}))

    first = provider.create("wmli")["errcode"]
    made = len(provider.entries("task_created"))
    second = provider.create("wmli")["errcode"]

    assert (first, made, second) == (errcode, 0, 0)


def test_a_server_error_makes_nothing_and_passes(start: Start) -> None:
    provider = start(shares=replace(OFF, http_500=1))

    first = outcome(provider, an_order("wmli"))
    made = len(provider.entries("task_created"))
    second = provider.create("wmli")["errcode"]

    assert (first, made, second) == ("500 ", 0, 0)


@pytest.mark.parametrize(("name", "made"), [("lost_before", 0), ("lost_after", 1)])
def test_a_lost_answer_does_not_say_whether_the_task_was_made(start: Start, name: str, made: int) -> None:
    provider = start(shares=replace(OFF, **{name: 1}))

    with pytest.raises(ConnectionError):
        provider.create("wmli")

    assert len(provider.entries("task_created")) == made


def test_asking_again_after_a_lost_answer_makes_a_second_task(start: Start) -> None:
    provider = start(shares=replace(OFF, lost_after=1))
    with pytest.raises(ConnectionError):
        provider.create("wmli")

    provider.create("wmli")
    provider.after(DAY)
    provider.admin("health")

    assert len({entry["msgid"] for entry in provider.entries("message_sent")}) == 2


def test_a_slow_answer_holds_nobody_else_up(start: Start) -> None:
    provider = start(shares=replace(OFF, slow=1), slow_seconds=0.5)
    began = time.monotonic()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: provider.create("wmli", link=f"https://o.example/{n}"), range(20)))

    assert [answer["errcode"] for answer in answers] == [0] * 20
    assert 0.5 <= time.monotonic() - began < 20 * 0.5, "one after the other"


def test_a_poll_fails_seldom_and_alike_in_every_run(start: Start) -> None:
    runs = []

    for _ in range(2):
        provider = start(shares=replace(OFF, poll_busy=0.3))
        msgid = provider.create("wmli")["msgid"]
        codes = [provider.call("get_groupmsg_task", {"msgid": msgid})["errcode"] for _ in range(40)]
        runs.append(codes)

    assert runs[0] == runs[1]
    assert set(runs[0]) == {0, -1}


def test_a_task_may_still_be_dispatching_in_its_first_minute(start: Start) -> None:
    provider = start(shares=replace(OFF, poll_dispatching=1))
    asked = {"msgid": provider.create("wmli")["msgid"]}

    young = provider.call("get_groupmsg_task", asked)["errcode"]
    provider.after(timedelta(minutes=1))
    grown = provider.call("get_groupmsg_task", asked)["errcode"]

    assert (young, grown) == (41063, 0)


def test_fifty_clients_at_once_each_get_their_task(start: Start) -> None:
    provider = start(a_crowd(200))

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda order: provider.call("add_msg_template", order), orders(200)))

    assert len({answer["msgid"] for answer in answers}) == 200
    assert {entry["msgid"] for entry in provider.entries("task_created")} == {answer["msgid"] for answer in answers}


def test_shares_are_laid_over_the_defaults_or_switched_off() -> None:
    assert shares_from('{"busy": 0.5}') == replace(Shares(), busy=0.5)
    assert shares_from("off") == OFF
    with pytest.raises(ValueError, match="busy"):
        shares_from('{"busy": 2}')
